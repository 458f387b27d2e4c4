// Setting the clock moves the faked one and is noted; the machine's stays.
// ttrace: --clock 2030-01-01
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
	const struct timeval wanted = {1900000000, 0};
	if (settimeofday(&wanted, NULL)) perror("settimeofday");
	time_t now = time(NULL);
	puts(now >= 1900000000 && now < 1900000600 ? "moved" : "not moved");
	return 0;
}
