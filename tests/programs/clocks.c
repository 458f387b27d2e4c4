// Prints the wall clock's seconds as told by libc and by system calls that bypass it, a line each:
// "NAME SECONDS". With an argument: that many rounds, to see that learned sites stay right.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// System calls by int $0x80 take 32-bit pointers, in a 64-bit program too.
static long int80(long nr, long a, void *b) {
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(0L) : "memory");
	return (int)result;
}

static void all(int *low) {
	struct timeval tv;
	struct timespec ts;
	printf("time %lld\n", (long long)time(NULL));
	gettimeofday(&tv, NULL);
	printf("gettimeofday %lld\n", (long long)tv.tv_sec);
	clock_gettime(CLOCK_REALTIME, &ts);
	printf("clock_gettime %lld\n", (long long)ts.tv_sec);
	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	printf("clock_gettime_coarse %lld\n", (long long)ts.tv_sec);
	timespec_get(&ts, TIME_UTC);
	printf("timespec_get %lld\n", (long long)ts.tv_sec);

	printf("int80_time %ld\n", int80(13, 0, NULL));
	int80(78, (long)low, NULL);
	printf("int80_gettimeofday %d\n", low[0]);
	int80(265, CLOCK_REALTIME, low);
	printf("int80_clock_gettime %d\n", low[0]);
	int80(403, CLOCK_REALTIME, low);
	printf("int80_clock_gettime64 %lld\n", *(long long *)low);
#ifdef __x86_64__
	printf("syscall_time %ld\n", syscall(SYS_time, NULL));
	syscall(SYS_gettimeofday, &tv, NULL);
	printf("syscall_gettimeofday %ld\n", (long)tv.tv_sec);
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
	printf("syscall_clock_gettime %ld\n", (long)ts.tv_sec);
#endif
}

int main(int argc, char **argv) {
	int *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	for (int i = argc > 1 ? atoi(argv[1]) : 1; i > 0; i--) all(low);
	return 0;
}
