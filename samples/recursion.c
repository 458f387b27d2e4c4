// The failing call at three depths of a recursion: each depth is a call path of its own.
#include <time.h>

static volatile int failures;

__attribute__((noinline)) static void descend(int depth) {
	if (time(NULL) == (time_t)-1) failures++;
	if (depth > 1) descend(depth - 1);
	failures += 0;
}

int main(void) {
	for (int i = 0; i < 10; i++) descend(3);
	return 0;
}
