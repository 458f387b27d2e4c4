// Threads of which each is in another place when one of them crashes: in a handler, in a handler
// within a handler, on an alternate stack, behind a handler that has returned or that was left by a
// jump, in no handler, in a busy loop. The crash itself is handled, and the handler ends as it is
// told: thread_handlers exit|raise|hang.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t all_there;
static const char *how;
static int *volatile nowhere;
static volatile int spin = 1;
static __thread sigjmp_buf back;

static void arrive(void) {
	pthread_barrier_wait(&all_there);
	for (;;) pause();
}

__attribute__((noinline)) static void rest_in_inner(int sig) {
	(void)sig;
	arrive();
}
__attribute__((noinline)) static void rest_in_handler(int sig) {
	(void)sig;
	arrive();
}
static void raise_in_handler(int sig) {
	(void)sig;
	raise(SIGHUP);
}
static void returns(int sig) { (void)sig; }
static void jumps(int sig) { siglongjmp(back, sig); }

static void handle(int sig, void (*handler)(int), int flags) {
	struct sigaction action = {.sa_flags = flags};
	action.sa_handler = handler;
	sigaction(sig, &action, NULL);
}

static void *in_handler(void *name) {
	pthread_setname_np(pthread_self(), name);
	raise(SIGUSR1);
	return NULL;
}
static void *in_inner(void *name) {
	pthread_setname_np(pthread_self(), name);
	raise(SIGUSR2);
	return NULL;
}
static void *on_alternate(void *name) {
	static char memory[65536];
	const stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
	pthread_setname_np(pthread_self(), name);
	sigaltstack(&stack, NULL);
	raise(SIGWINCH);
	return NULL;
}
static void *returned(void *name) {
	pthread_setname_np(pthread_self(), name);
	raise(SIGURG);
	arrive();
	return NULL;
}
static void *jumped(void *name) {
	pthread_setname_np(pthread_self(), name);
	if (sigsetjmp(back, 1) == 0) raise(SIGIO);
	arrive();
	return NULL;
}
static void *untouched(void *name) {
	pthread_setname_np(pthread_self(), name);
	arrive();
	return NULL;
}
__attribute__((noinline)) static void *busy(void *name) {
	pthread_setname_np(pthread_self(), name);
	pthread_barrier_wait(&all_there);
	while (spin) continue;
	return NULL;
}

__attribute__((noinline)) static void end_it(int sig) {
	if (strcmp(how, "exit") == 0) _exit(42);
	handle(sig, SIG_DFL, 0);
	if (strcmp(how, "raise") == 0) raise(sig);
	for (;;) pause();
}
__attribute__((noinline)) static void fault(void) { *nowhere = 1; }

int main(int argc, char **argv) {
	void *(*const places[])(void *) = {in_handler, in_inner, on_alternate, returned, jumped, untouched, busy};
	char *const names[] = {"in-handler", "in-inner", "on-alternate", "returned", "jumped", "untouched", "busy"};
	how = argc > 1 ? argv[1] : "exit";
	pthread_barrier_init(&all_there, NULL, 8);
	handle(SIGUSR1, rest_in_handler, 0);
	handle(SIGUSR2, raise_in_handler, 0);
	handle(SIGHUP, rest_in_inner, 0);
	handle(SIGWINCH, rest_in_handler, SA_ONSTACK);
	handle(SIGURG, returns, 0);
	handle(SIGIO, jumps, 0);
	handle(SIGSEGV, end_it, SA_NODEFER);
	for (int i = 0; i < 7; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, places[i], names[i]);
	}
	pthread_barrier_wait(&all_there);
	usleep(20000);  // until they rest
	fault();
	return 0;
}
