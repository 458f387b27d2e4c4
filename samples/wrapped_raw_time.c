// Old system calls made without libc, by int $0x80, hand out times that are cut to 32 bits.
// builds: i386 i386-static x86-64
#include <stdio.h>
#include <sys/mman.h>

static long old_call(long nr, long a, void *b) {
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(0L) : "memory");
	return result;
}

int main(void) {
	int *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	words[0] = (int)old_call(13, 0, NULL);   // time
	old_call(78, (long)(words + 1), NULL);   // gettimeofday
	old_call(265, 0, words + 3);             // clock_gettime
	for (int i = 0; i < 5; i += i ? 2 : 1) puts(words[i] < 0 ? "negative" : "positive");
	return 0;
}
