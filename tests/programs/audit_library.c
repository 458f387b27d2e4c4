// The library of audit_calls.c: one function that reads the clock, by way of another, one that is
// given a time, one that knows nothing of it, and one that fails with its call.
#include <sys/stat.h>
#include <time.h>

static __attribute__((noinline)) time_t read_clock(void) { return time(NULL) + 1; }
__attribute__((noinline)) time_t a_now(void) { return read_clock() - 1; }
time_t a_when(int days) { return (time_t)days * 86400; }
int a_answer(void) { return 42; }
int a_exists(const char *path) {
	struct stat st;
	return stat(path, &st) == 0;
}
