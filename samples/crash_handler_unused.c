// The clean twin of crash_like_systemd: the same handler is installed, and nothing crashes; a child
// dies of SIGTERM, which is no crash. No finding.
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
	const pid_t child = fork();
	if (child == 0) kill(getpid(), SIGTERM);
	waitpid(child, NULL, 0);
	lookup((int[]){0});
	(void)argc, (void)argv;
	return 0;
}
