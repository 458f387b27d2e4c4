// The stat64 system call of i386, made without libc, gives times that are cut to 32 bits.
// builds: i386 i386-static
#include <stdio.h>

static int raw_stat64(const char *path, int *st) {
	int result;
	__asm__ volatile("int $0x80" : "=a"(result) : "0"(195), "b"(path), "c"(st) : "memory");
	return result;
}

int main(void) {
	int words[24];   // struct stat64: the modification time is the 19th word
	FILE *file = fopen("fresh", "w");
	if (file) fclose(file);
	if (raw_stat64("fresh", words)) return 1;
	puts(words[18] < 0 ? "negative" : "positive");
	return 0;
}
