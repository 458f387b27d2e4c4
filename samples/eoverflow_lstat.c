// lstat() of a link made past 2038 fails with a 32-bit time_t.
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
	struct stat st;
	(void)!symlink("nowhere", "link");
	if (lstat("link", &st)) perror("link");
	return 0;
}
