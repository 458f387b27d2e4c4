// fstat() of a file made past 2038 fails with a 32-bit time_t.
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct stat st;
	FILE *file = fopen("fresh", "w");
	if (!file) return 1;
	if (fstat(fileno(file), &st)) perror("fresh");
	return 0;
}
