// One file made past 2038 ends a whole walk by ftw() with a 32-bit time_t.
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static int visit(const char *path, const struct stat *st, int kind) {
	(void)path, (void)st, (void)kind;
	return 0;
}

int main(void) {
	mkdir("tree", 0755);
	if (ftw("tree", visit, 4)) perror("ftw");
	return 0;
}
