// Two ways to the same failing call, at the same depth of the stack: two findings, exact counts.
#include <time.h>

static int failures;

__attribute__((noinline)) static void ask(void) {
	if (time(NULL) == (time_t)-1) failures++;
}
__attribute__((noinline)) static void often(void) { ask(); failures += 0; }
__attribute__((noinline)) static void seldom(void) { ask(); failures -= 0; }

int main(void) {
	for (int i = 0; i < 1000; i++) {
		often();
		if (i % 2) seldom();
	}
	return failures < 0;
}
