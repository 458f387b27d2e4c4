// stat() of a file made past 2038 fails with a 32-bit time_t.
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct stat st;
	FILE *file = fopen("fresh", "w");
	if (file) fclose(file);
	if (stat("fresh", &st)) perror("fresh");
	return 0;
}
