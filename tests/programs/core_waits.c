// What a parent learns of children that die, in each way that there is to learn it: a line each,
// the same wherever the kernel makes cores.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t heard;

static void hear(int sig, siginfo_t *info, void *context) {
	(void)sig, (void)context;
	heard = info->si_code;
}

static pid_t dies_of(int sig) {
	const pid_t child = fork();
	if (child != 0) return child;
	signal(SIGCHLD, SIG_DFL);
	if (sig == 0) _exit(3);
	kill(getpid(), sig);
	for (;;) pause();
}

static const char *code_text(int code) {
	return code == CLD_DUMPED ? "dumped" : code == CLD_KILLED ? "killed" : code == CLD_EXITED ? "exited" : "?";
}
static const char *status_text(int status) {
	return WIFEXITED(status) ? "exited" : WCOREDUMP(status) ? "dumped" : "killed";
}

static void by_wait4(int sig) {
	int status = 0;
	struct rusage usage;
	wait4(dies_of(sig), &status, 0, &usage);
	printf("wait4: %s\n", status_text(status));
}

static void by_waitpid(int sig) {
	int status = 0;
	const pid_t child = dies_of(sig);
#ifdef __i386__
	syscall(SYS_waitpid, child, &status, 0);
#else
	waitpid(child, &status, 0);
#endif
	printf("waitpid: %s\n", status_text(status));
}

static void by_waitid(int sig) {
	siginfo_t info = {0}, again = {0};
	const pid_t child = dies_of(sig);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	waitid(P_PID, (id_t)child, &again, WEXITED);
	printf("waitid: %s, then %s\n", code_text(info.si_code), code_text(again.si_code));
}

static void by_handler(int sig) {
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
	int status = 0;
	action.sa_sigaction = hear;
	sigaction(SIGCHLD, &action, NULL);
	heard = 0;
	wait4(dies_of(sig), &status, 0, NULL);
	signal(SIGCHLD, SIG_DFL);
	printf("SIGCHLD: %s\n", code_text(heard));
}

static void by_signal_wait(int sig) {
	siginfo_t info = {0};
	sigset_t set;
	int status = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	const pid_t child = dies_of(sig);
	sigwaitinfo(&set, &info);
	waitpid(child, &status, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("sigwaitinfo: %s, %s\n", code_text(info.si_code), status_text(status));
}

static void *in_thread(void *sig) {
	int status = 0;
	waitpid(-1, &status, 0);
	printf("by another thread: %s\n", status_text(status));
	return sig;
}

static void by_thread(int sig) {
	pthread_t thread;
	dies_of(sig);
	pthread_create(&thread, NULL, in_thread, NULL);
	pthread_join(thread, NULL);
}

static void of_grandchild(int sig) {
	int status = 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (fork() == 0) {
		if (fork() == 0) {
			while (getppid() != getpgrp()) usleep(1000);
			kill(getpid(), sig);
		}
		_exit(0);
	}
	for (int i = 0; i < 2; i++) {
		if (wait(&status) > 0 && !WIFEXITED(status)) printf("inherited: %s\n", status_text(status));
	}
}

int main(void) {
	const int signals[] = {SIGSEGV, SIGABRT, SIGKILL, SIGTERM, 0};
	setvbuf(stdout, NULL, _IOLBF, 0);
	setpgid(0, 0);
	for (int i = 0; i < 5; i++) {
		printf("%s\n", signals[i] ? strsignal(signals[i]) : "exit");
		by_wait4(signals[i]);
		by_waitpid(signals[i]);
		by_waitid(signals[i]);
		by_handler(signals[i]);
		by_signal_wait(signals[i]);
		by_thread(signals[i]);
	}
	of_grandchild(SIGSEGV);
	return 0;
}
