// stats PATH: the modification time of PATH in seconds as told by every call of the stat family, by
// libc and by system calls that bypass it, a line each: "NAME SECONDS".
#define _GNU_SOURCE
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The call first, then the value that it made.
#define SAY(name, call, seconds)                    \
	do {                                        \
		const int failed = (call) != 0;     \
		say(name, failed, seconds);         \
	} while (0)

static void say(const char *name, int failed, long long seconds) {
	if (failed) {
		perror(name);
	} else {
		printf("%s %lld\n", name, seconds);
	}
}

static long int80(long nr, long a, long b, long c, long d, long e) {
	long result;
#ifdef __x86_64__
	register long arg5 __asm__("rdi") = e;
#else
	register long arg5 __asm__("edi") = e;
#endif
	__asm__ volatile("int $0x80" : "=a"(result)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "r"(arg5) : "memory");
	return (int)result;
}

static const char *root;
static int visit(const char *path, const struct stat *st, int kind) {
	(void)kind;
	if (strcmp(path, root) == 0) say("ftw", 0, st->st_mtime);
	return 0;
}

int main(int argc, char **argv) {
	struct stat st;
	struct statx stx;
	if (argc != 2) return 2;
	const char *path = root = argv[1];
	int fd = open(path, O_RDONLY);
	SAY("stat", stat(path, &st), st.st_mtime);
	SAY("lstat", lstat(path, &st), st.st_mtime);
	SAY("fstat", fstat(fd, &st), st.st_mtime);
	SAY("fstatat", fstatat(AT_FDCWD, path, &st, 0), st.st_mtime);
	SAY("fstatat_empty", fstatat(fd, "", &st, AT_EMPTY_PATH), st.st_mtime);
	SAY("statx", statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &stx), stx.stx_mtime.tv_sec);
	ftw(path, visit, 4);

	char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	char *out = low + 4096;
	const int *words = (const int *)out;
	const long here = (long)low, to = (long)out;
	strcpy(low, path);
	SAY("int80_stat", int80(106, here, to, 0, 0, 0), words[10]);
	SAY("int80_lstat", int80(107, here, to, 0, 0, 0), words[10]);
	SAY("int80_fstat", int80(108, fd, to, 0, 0, 0), words[10]);
	SAY("int80_stat64", int80(195, here, to, 0, 0, 0), words[18]);
	SAY("int80_lstat64", int80(196, here, to, 0, 0, 0), words[18]);
	SAY("int80_fstat64", int80(197, fd, to, 0, 0, 0), words[18]);
	SAY("int80_fstatat64", int80(300, AT_FDCWD, here, to, 0, 0), words[18]);
	SAY("int80_statx", int80(383, AT_FDCWD, here, 0, STATX_BASIC_STATS, to),
	    *(const long long *)(out + 112));
#ifdef __x86_64__
	SAY("syscall_stat", syscall(SYS_stat, path, &st), st.st_mtime);
	SAY("syscall_lstat", syscall(SYS_lstat, path, &st), st.st_mtime);
	SAY("syscall_fstat", syscall(SYS_fstat, fd, &st), st.st_mtime);
	SAY("syscall_newfstatat", syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0), st.st_mtime);
#endif
	SAY("syscall_statx", syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, &stx),
	    stx.stx_mtime.tv_sec);
	return 0;
}
