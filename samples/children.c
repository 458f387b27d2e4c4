// Four children fail the same way as their parent did: one finding with the counts of all.
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void ask(void) {
	for (volatile int i = 0; i < 10; i++) time(NULL);
}

int main(void) {
	for (int i = 0; i <= 4; i++) {
		if (i < 4 && fork() != 0) continue;
		ask();
		if (i < 4) _exit(0);
	}
	while (wait(NULL) > 0) continue;
	return 0;
}
