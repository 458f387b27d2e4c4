// The clock passes 03:14:07 while the program runs: only the calls after that fail.
// ttrace: --clock 2038-01-19T03:14:05Z
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
	puts(time(NULL) == (time_t)-1 ? "no time" : "some time");
	sleep(4);
	puts(time(NULL) == (time_t)-1 ? "no time" : "some time");
	return 0;
}
