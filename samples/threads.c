// Eight threads fail the same way: one finding, and no call of any is lost.
#include <pthread.h>
#include <time.h>

static void *ask(void *unused) {
	struct timespec now;
	for (int i = 0; i < 100; i++) clock_gettime(CLOCK_REALTIME, &now);
	return unused;
}

int main(void) {
	pthread_t threads[8];
	for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, ask, NULL);
	for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
	return 0;
}
