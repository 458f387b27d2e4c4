// What systemd's PID 1 does on SIGSEGV since v215: the handler forks a child by a raw clone that
// restores the default action, lifts the limit of cores and dies of the same signal in its place;
// the parent waits to learn whether a core was dumped, and freezes (here: ends).
// ttrace: env CRASH_DIR=.
// alike: yes
// builds: i386 i386-static x86-64 x86-64-static
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *directory; // systemd's is /

static void die_in_its_place(int sig) {
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	sigaction(sig, &standard, NULL);
	setrlimit(RLIMIT_CORE, &unlimited);
	if (chdir(directory) < 0) _exit(2);
	kill(getpid(), sig);
	_exit(3);
}

static void crash(int sig) {
	siginfo_t end = {0};
	const pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) die_in_its_place(sig);
	waitid(P_PID, (id_t)pid, &end, WEXITED);
	if (end.si_code == CLD_DUMPED || end.si_code == CLD_KILLED) write(2, "Caught <SEGV>.\n", 15);
	_exit(1);
}

__attribute__((noinline)) static void lookup(int *volatile table) { table[0] = 1; }

int main(int argc, char **argv) {
	struct sigaction action = {.sa_handler = crash, .sa_flags = SA_NODEFER};
	directory = getenv("CRASH_DIR") ? getenv("CRASH_DIR") : "/";
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGABRT, &action, NULL);
	lookup(NULL);
	(void)argc, (void)argv;
	return 0;
}
