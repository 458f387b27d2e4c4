// clock_gettime() with a 32-bit time_t fails past 2038; the monotonic clock is fine.
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec now;
	if (clock_gettime(CLOCK_MONOTONIC, &now)) perror("clock_gettime");
	if (clock_gettime(CLOCK_REALTIME, &now)) perror("clock_gettime");
	return 0;
}
