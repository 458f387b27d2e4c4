// One program for each thing that an audit tells apart, chosen with -DCALLS=n.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

time_t a_now(void);
time_t a_when(int days);
int a_answer(void);
int a_exists(const char *path);

#if CALLS == 9 || CALLS == 10
__attribute__((noinline)) time_t seldom(int days) { return time(NULL) + days * 86400; }
#endif
#if CALLS == 10
time_t (*const table[])(int) = {seldom};
#endif

int main(int count, char **words) {
	(void)count, (void)words;
#if CALLS == 1  // fails past 2038, when time_t has 32 bits
	printf("%lld\n", (long long)time(NULL));
#elif CALLS == 2  // intervals only
	struct timespec pause = {0, 1};
	struct timeval limit = {0, 1};
	nanosleep(&pause, NULL);
	select(0, NULL, NULL, NULL, &limit);
#elif CALLS == 3  // through a library
	printf("%d\n", (int)a_now());
#elif CALLS == 4  // of the same library, what has nothing to do with time
	printf("%d\n", a_answer());
#elif CALLS == 5  // hands a time to the library
	printf("%d %lld\n", (int)a_when(1), (long long)time(NULL));
#elif CALLS == 6  // login records
	setutent();
	printf("%p\n", (void *)getutent());
#elif CALLS == 7  // the time of each user's last login
	printf("%p\n", (void *)fopen("/var/log/lastlog", "r"));
#elif CALLS == 8  // clocks that do not tell the date
	struct timespec now;
	if (count > 1)
		clock_gettime(CLOCK_MONOTONIC, &now);
	else
		clock_gettime(CLOCK_BOOTTIME, &now);
	printf("%d\n", (int)now.tv_sec);
#elif CALLS == 9  // nothing calls the function that fails
	puts("never");
#elif CALLS == 10  // a pointer leads to it
	printf("%d\n", (int)table[count - 1](1));
#elif CALLS == 11  // which clock is not known beforehand
	struct timespec now;
	clock_gettime(count, &now);
	printf("%d\n", (int)now.tv_sec);
#elif CALLS == 12  // a timer that is set to an interval
	struct itimerspec when = {{0, 0}, {1, 0}};
	printf("%d\n", timerfd_settime(count, 0, &when, NULL));
#elif CALLS == 13  // and one that is set to a date
	struct itimerspec when = {{0, 0}, {count, 0}};
	printf("%d\n", timerfd_settime(count, TFD_TIMER_ABSTIME, &when, NULL));
#elif CALLS == 14  // a library's function that fails as its call does
	printf("%d\n", a_exists(words[0]));
#elif CALLS == 15  // one of two calls is for the date
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_REALTIME, &now);
	printf("%d\n", (int)now.tv_sec);
#elif CALLS == 16  // system calls by their numbers
	int now[2];
	printf("%d\n", (int)syscall(SYS_clock_gettime, CLOCK_REALTIME, now));
	__asm__ volatile("int $0x80" : : "a"(SYS_gettimeofday), "b"(now), "c"(0) : "memory");
#elif CALLS == 17  // others, which carry no short time
	struct timespec now;
	printf("%d\n", (int)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now));
	printf("%d\n", (int)syscall(SYS_getpid));
	__asm__ volatile("int $0x80" : : "a"(SYS_getppid) : "memory");
#endif
	return 0;
}
