// Ways to die of a signal that dumps core, one for each word: crashes WORD [SIGNAL].
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf back;
static int *volatile nowhere;
static volatile int zero;

__attribute__((noinline)) static void fault(void) { *nowhere = 1; }

static void handle(int sig, void (*handler)(int), int flags) {
	struct sigaction action = {.sa_flags = flags};
	action.sa_handler = handler;
	sigaction(sig, &action, NULL);
}

static void h_exit(int sig) { _exit(sig == SIGSEGV ? 42 : 43); }
static void h_return(int sig) { handle(sig, SIG_DFL, 0); }
static void h_jump(int sig) { siglongjmp(back, sig); }
static void h_raise(int sig) {
	handle(sig, SIG_DFL, 0);
	raise(sig);
}
static void h_recurse(int sig) {
	(void)sig;
	fault();
}
static void h_hang(int sig) {
	(void)sig;
	for (;;) pause();
}
static void h_printf(int sig) {
	printf("caught %d\n", sig);
	fflush(stdout);
	_exit(44);
}
static void h_exec(int sig) {
	(void)sig;
	if (fork() == 0) execl("/bin/echo", "echo", "from", "the", "handler", (char *)NULL);
	wait(NULL);
	_exit(45);
}

static void on_alternate_stack(void) {
	static char memory[65536];
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
	sigaltstack(&stack, NULL);
}

static void *sleeper(void *name) {
	pthread_setname_np(pthread_self(), name);
	for (;;) pause();
	return NULL;
}

static void *faulter(void *unused) {
	(void)unused;
	pthread_setname_np(pthread_self(), "faulter");
	fault();
	return NULL;
}

static int overflow(int n) {
	volatile char space[4096];
	space[0] = (char)n;
	return overflow(n + 1) + space[0];
}

static void threads(int fault_too) {
	pthread_t one, two, three;
	pthread_create(&one, NULL, sleeper, "sleeper-1");
	pthread_create(&two, NULL, sleeper, "sleeper-2");
	usleep(100000);
	if (fault_too) pthread_create(&three, NULL, faulter, NULL);
	for (;;) pause();
}

static void on_exit_stack(void) {
	handle(SIGSEGV, h_exit, SA_ONSTACK);
	on_alternate_stack();
	overflow(0);
}

static void jump(void) {
	handle(SIGSEGV, h_jump, 0);
	if (sigsetjmp(back, 1) == 0) fault();
	getppid();
	puts("landed");
	exit(3);
}

static void denied(void) {
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page[16] = 1;
}

static void bus(void) {
	const int fd = memfd_create("short", 0);
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	page[0] = 1;
}

static void touch(size_t size, int advice) {
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, size, advice);
	memset(memory, 'x', size);
}

static void limit_core(rlim_t size) {
	const struct rlimit limit = {size, size};
	setrlimit(RLIMIT_CORE, &limit);
}

static void limit_stack(rlim_t size) {
	const struct rlimit limit = {size, size};
	setrlimit(RLIMIT_STACK, &limit);
}

// All that a crash may come to depend on.
static void settings(void) {
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog allow = {1, &all};
	limit_stack(262144);
	prctl(PR_SET_PTRACER, -1L, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGQUIT, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &allow, 0, 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	on_exit_stack();
}

// All calls but two kill, as a careful program has it.
static void confine(void) {
	struct sock_filter few[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog filter = {5, few};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);   // as libseccomp asks what there is
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter)) _exit(9);
}

int main(int argc, char **argv) {
	const char *const what = argc > 1 ? argv[1] : "fault";
	const int sig = argc > 2 ? atoi(argv[2]) : SIGSEGV;
#define CASE(word) else if (strcmp(what, word) == 0)
	if (strcmp(what, "fault") == 0) fault();
	CASE("kill") kill(getpid(), sig);
	CASE("abort") abort();
	CASE("denied") denied();
	CASE("bus") bus();
	CASE("ud2") __asm__ volatile("ud2");
	CASE("int3") __asm__ volatile("int3");
	CASE("divide") return 7 / zero;
	CASE("threads") threads(1);
	CASE("sleepers") threads(0);
	CASE("overflow") return overflow(0);
	CASE("onstack") on_exit_stack();
	CASE("nostack") handle(SIGSEGV, h_exit, 0), overflow(0);
	CASE("settings") settings();
	CASE("confine") confine(), fault();
	CASE("jump") jump();
	CASE("large") touch(192 << 20, MADV_NORMAL), fault();
	CASE("dontdump") touch(32 << 20, MADV_DONTDUMP), fault();
	CASE("nodump") prctl(PR_SET_DUMPABLE, 0), fault();
	CASE("nolimit") limit_core(0), fault();
	CASE("smalllimit") limit_core(20480), fault();
	CASE("setuid") (void)!setresuid(65534, 65534, 65534), fault();
	CASE("exit") handle(sig, h_exit, 0), fault();
	CASE("return") handle(sig, h_return, 0), fault();
	CASE("raise") handle(sig, h_raise, 0), fault();
	CASE("recurse") handle(sig, h_recurse, 0), fault();
	CASE("hang") handle(sig, h_hang, 0), fault();
	CASE("printf") handle(sig, h_printf, 0), fault();
	CASE("exec") handle(sig, h_exec, 0), fault();
	CASE("handled") {
		handle(sig, h_return, 0);
		kill(getpid(), sig);
		puts("goes on");
	}
	CASE("quiet") {
		handle(SIGSEGV, h_raise, SA_NODEFER);
		handle(SIGQUIT, h_return, 0);
	}
	return 0;
}
