// time() with a 32-bit time_t fails past 2038, and hardly a program checks that.
#include <stdio.h>
#include <time.h>

int main(void) {
	time_t now = time(NULL);
	printf("%s\n", now == (time_t)-1 ? "no time" : "some time");
	return 0;
}
