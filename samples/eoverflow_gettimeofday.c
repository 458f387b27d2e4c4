// gettimeofday() with a 32-bit time_t fails past 2038.
#include <stdio.h>
#include <sys/time.h>

int main(void) {
	struct timeval now;
	if (gettimeofday(&now, NULL)) perror("gettimeofday");
	return 0;
}
