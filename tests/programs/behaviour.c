// What programs do that a tracer can get wrong: `behaviour NAME` does one thing and prints what came
// of it, which must be the same with a tracer as without.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int status_of(pid_t pid) {
	int status = -1;
	waitpid(pid, &status, 0);
	return status;
}

static void do_fork(void) {
	int sum = 0;
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();
		if (pid == 0) _exit(time(NULL) != 0 ? i : 99);
		sum += WEXITSTATUS(status_of(pid));
	}
	printf("sum %d\n", sum);
}

static void do_vfork(void) {
	volatile int shared = 0;
	pid_t pid = vfork();
	if (pid == 0) {
		shared = time(NULL) != 0;
		_exit(3);
	}
	printf("exited %d, shared %d\n", WEXITSTATUS(status_of(pid)), shared);
	pid = vfork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "exit 4", (char *)NULL);
		_exit(127);
	}
	printf("executed %d, time works %d\n", WEXITSTATUS(status_of(pid)), time(NULL) > 0);
}

static void do_spawn(void) {
	char *const argv[] = {"sh", "-c", "exit 5", NULL};
	pid_t pid = 0;
	int error = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ);
	printf("error %d, exited %d\n", error, WEXITSTATUS(status_of(pid)));
	error = posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, environ);
	printf("error %d\n", error);
}

static void do_clone3(void) {
	uint64_t args[8] = {0};
	args[4] = SIGCHLD;
	long pid = syscall(SYS_clone3, args, sizeof args);
	if (pid == 0) _exit(6);
	printf("exited %d\n", WEXITSTATUS(status_of((pid_t)pid)));
}

static pthread_barrier_t barrier;
static void *meet(void *arg) {
	pthread_barrier_wait(&barrier);
	return time(NULL) > 0 ? arg : NULL;
}

static void do_threads(void) {
	enum { kCount = 500 };
	static pthread_t threads[kCount];
	pthread_attr_t attr;
	int good = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	pthread_barrier_init(&barrier, NULL, kCount);
	for (int i = 0; i < kCount; i++) pthread_create(&threads[i], &attr, meet, &good);
	for (int i = 0; i < kCount; i++) {
		void *result = NULL;
		pthread_join(threads[i], &result);
		good += result != NULL;
	}
	printf("good %d\n", good);
}

static void *execute(void *unused) {
	execl("/bin/sh", "sh", "-c", "echo from a thread; exit 7", (char *)NULL);
	return unused;
}
static void *wait_for_ever(void *unused) {
	for (;;) pause();
	return unused;
}
static void do_thread_exec(void) {
	pthread_t thread;
	for (int i = 0; i < 10; i++) pthread_create(&thread, NULL, wait_for_ever, NULL);
	pthread_create(&thread, NULL, execute, NULL);
	for (;;) pause();
}

static void do_thread_fork(void) {
	pthread_t thread;
	for (int i = 0; i < 10; i++) pthread_create(&thread, NULL, wait_for_ever, NULL);
	do_fork();
}

static void do_group_stop(void) {
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(8);
	}
	waitpid(pid, &status, WUNTRACED);
	printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
	kill(pid, SIGCONT);
	waitpid(pid, &status, WCONTINUED);
	printf("continued %d\n", WIFCONTINUED(status) || WIFEXITED(status));
	if (!WIFEXITED(status)) waitpid(pid, &status, 0);
	printf("exited %d\n", WEXITSTATUS(status));
}

static volatile sig_atomic_t seen, value;
static void *volatile address;
static void on_signal(int signal, siginfo_t *info, void *context) {
	(void)context;
	seen = signal;
	value = info->si_value.sival_int;
	address = info->si_addr;
}
static void on_fault(int signal, siginfo_t *info, void *context) {
	(void)context;
	char line[64];
	int length = snprintf(line, sizeof line, "fault %d at %p\n", signal, info->si_addr);
	(void)!write(1, line, (size_t)length);
	_exit(9);
}
static void do_signals(void) {
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	for (int signal = 1; signal < 32; signal++) sigaction(signal, &action, NULL);
	for (int signal = 1; signal < 32; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP) continue;
		seen = 0;
		raise(signal);
		if (seen != signal) printf("signal %d was not seen\n", signal);
	}
	raise(SIGRTMIN);   // ends the process: no handler for it
}
static void do_signal_values(void) {
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct timespec nap = {5, 0};
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42});
	printf("value %d\n", (int)value);
	ualarm(100000, 0);
	int result = nanosleep(&nap, NULL);
	printf("sleep %d %s\n", result, strerror(errno));
	action.sa_sigaction = on_fault;
	sigaction(SIGSEGV, &action, NULL);
	fflush(stdout);
	*(volatile int *)16 = 1;
}

// Waits that end with EINTR whenever a signal reaches them, and signals that reach nobody.
static void tell_wait(const char *name, long result) {
	printf("%s %ld %s\n", name, result, result < 0 ? strerror(errno) : "");
}
static void do_ignored_signals(void) {
	signal(SIGUSR1, SIG_IGN);
	const pid_t waiter = getpid();
	const pid_t sender = fork();
	for (int i = 0; sender == 0 && i < 12; i++) {
		const struct timespec pause = {0, 50000000};
		nanosleep(&pause, NULL);
		kill(waiter, i % 2 ? SIGUSR1 : SIGWINCH);
		if (fork() == 0) _exit(0);   // its parent, this one, gets SIGCHLD
	}
	if (sender == 0) _exit(0);   // and now the waiter does

	struct epoll_event event;
	tell_wait("epoll_wait", epoll_wait(epoll_create1(0), &event, 1, 150));
	const int semaphores = semget(IPC_PRIVATE, 1, 0600);
	struct sembuf down = {0, -1, 0};
	const struct timespec limit = {0, 150000000};
	tell_wait("semtimedop", semtimedop(semaphores, &down, 1, &limit));
	semctl(semaphores, 0, IPC_RMID);
	sigset_t none;
	sigemptyset(&none);
	sigaddset(&none, SIGUSR2);
	tell_wait("sigtimedwait", sigtimedwait(&none, NULL, &limit));
	int pair[2];
	char byte;
	const struct timeval receive_limit = {0, 150000};
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &receive_limit, sizeof receive_limit);
	tell_wait("recv", recv(pair[0], &byte, 1, 0));
	printf("sender %d\n", status_of(sender));
}

// Threads that stop for the tracer all the time: it never has to wait.
static void *reads_clock_for_ever(void *unused) {
	struct timespec now;
	for (;;) syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
	return unused;
}
static void do_busy(void) {
	pthread_t thread;
	for (int i = 0; i < 7; i++) pthread_create(&thread, NULL, reads_clock_for_ever, NULL);
	reads_clock_for_ever(NULL);
}

static void do_trap(void) {
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	sigaction(SIGTRAP, &action, NULL);
	__asm__ volatile("int3");
	printf("breakpoint of its own: signal %d\n", (int)seen);
	seen = 0;
	raise(SIGTRAP);
	printf("raised: signal %d\n", (int)seen);
}

static void do_terminate(void) { raise(SIGTERM); }
static void do_abort(void) {
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	abort();
}
static void do_die(void) { kill(getpid(), SIGKILL); }

static void do_close_all(void) {
	for (int fd = 0; fd < 1024; fd++) close(fd);
	_exit(time(NULL) > 0 ? 10 : 11);
}

static void do_corrupt(char **argv) {
	prctl(PR_SET_NAME, "\x1b[31m\xff\n\"}");
	char *end = argv[0];
	for (char **at = argv; *at; at++) end = *at + strlen(*at);
	for (char **at = environ; *at; at++) end = *at + strlen(*at);
	memset(argv[0], 0xff, (size_t)(end - argv[0]));
	argv[0] = (char *)1;
	_exit(time(NULL) > 0 ? 12 : 13);
}

static void do_cleanup_done(void *unused) { (void)unused; puts("cleaned up"); }
static void *blocked(void *fds) {
	char byte;
	pthread_cleanup_push(do_cleanup_done, NULL);
	(void)!read(((int *)fds)[0], &byte, 1);
	pthread_cleanup_pop(0);
	return NULL;
}
static void do_cancel(void) {
	int fds[2];
	void *result = NULL;
	pthread_t thread;
	(void)!pipe(fds);
	pthread_create(&thread, NULL, blocked, fds);
	usleep(50000);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled %d\n", result == PTHREAD_CANCELED);
}

static void do_kill_tracer(void) {
	for (FILE *status = fopen("/proc/self/status", "r"); status;) {
		char line[128];
		int tracer = 0;
		while (fgets(line, sizeof line, status)) sscanf(line, "TracerPid: %d", &tracer);
		if (tracer > 0) kill(tracer, SIGKILL);
		break;
	}
	for (;;) pause();
}

int main(int argc, char **argv) {
	static const struct {
		const char *name;
		void (*run)(void);
	} kAll[] = {
		{"fork", do_fork},	     {"vfork", do_vfork},
		{"spawn", do_spawn},	     {"clone3", do_clone3},
		{"threads", do_threads},     {"thread_exec", do_thread_exec},
		{"thread_fork", do_thread_fork}, {"group_stop", do_group_stop},
		{"signals", do_signals},     {"signal_values", do_signal_values},
		{"ignored_signals", do_ignored_signals}, {"busy", do_busy},
		{"trap", do_trap},	     {"terminate", do_terminate},
		{"abort", do_abort},	     {"die", do_die},
		{"close_all", do_close_all}, {"cancel", do_cancel},
		{"kill_tracer", do_kill_tracer},
	};
	if (argc != 2) return 2;
	if (strcmp(argv[1], "corrupt") == 0) do_corrupt(argv);
	for (size_t i = 0; i < sizeof kAll / sizeof *kAll; i++) {
		if (strcmp(argv[1], kAll[i].name)) continue;
		kAll[i].run();
		return 0;
	}
	return 2;
}
