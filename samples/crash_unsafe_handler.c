// A handler that formats and allocates: it works, until the crash was inside malloc().
// ttrace: -v
// alike: yes
// builds: i386 x86-64
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void report(int sig) {
	printf("caught signal %d\n", sig);
	fflush(stdout);
	_exit(1);
}

int main(void) {
	signal(SIGFPE, report);
	raise(SIGFPE);
	return 0;
}
