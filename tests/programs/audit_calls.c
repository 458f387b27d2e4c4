// One program for each thing that an audit tells apart, chosen with -DCALLS=n.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/select.h>
#include <time.h>
#include <utmp.h>

time_t a_now(void);
time_t a_when(int days);
int a_answer(void);

int main(void) {
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
#endif
	return 0;
}
