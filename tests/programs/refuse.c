// refuse CALL COMMAND...: runs COMMAND with the system call CALL (ptrace, seccomp) refused by EPERM,
// as in a container that does not allow it.
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	seccomp_arch_add(filter, SCMP_ARCH_X86);   // else i386 programs would be killed
	int call = seccomp_syscall_resolve_name(argv[1]);
	if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0)) return 2;
	if (call == SCMP_SYS(seccomp)) {   // the other way to load a filter
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
				 SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
	}
	if (seccomp_load(filter)) return 2;
	execvp(argv[2], argv + 2);
	return 2;
}
