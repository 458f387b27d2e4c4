// Memory of every kind that core(5) tells apart, each two pages long, at known places; then a
// crash. core_mappings FILTER TEXT ELF
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kSize = 8192 };
static char* next = (char*)0x50000000;

static char* map(int protection, int flags, int fd) {
  char* const at = mmap(next, kSize, protection, flags | MAP_FIXED_NOREPLACE, fd, 0);
  if (at != next) {
    perror("mmap");
    exit(2);
  }
  next += 16 * kSize;
  return at;
}

int main(int argc, char** argv) {
  const int both = PROT_READ | PROT_WRITE;
  FILE* const filter = fopen("/proc/self/coredump_filter", "w");
  if (argc < 4 || !filter || fprintf(filter, "%s", argv[1]) < 0 || fclose(filter) != 0) return 2;
  const int text = open(argv[2], O_RDWR), elf = open(argv[3], O_RDONLY);
  if (text < 0 || elf < 0) return 2;

  memset(map(both, MAP_PRIVATE | MAP_ANONYMOUS, -1), 1, kSize);
  map(both, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  map(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  char* const secret = map(both, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  memset(secret, 2, kSize);
  madvise(secret, kSize, MADV_DONTDUMP);
  char* const read_only = map(both, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  memset(read_only, 3, kSize);
  mprotect(read_only, kSize, PROT_READ);
  memset(map(both, MAP_SHARED | MAP_ANONYMOUS, -1), 4, kSize);
  map(PROT_READ, MAP_PRIVATE, text);
  map(PROT_READ, MAP_SHARED, text);
  memset(map(both, MAP_SHARED, text), 5, 1);
  memset(map(both, MAP_PRIVATE, text), 6, 1);
  map(PROT_READ, MAP_PRIVATE, elf);
  const int memory = memfd_create("memory", 0);
  if (ftruncate(memory, kSize) != 0) return 2;
  map(both, MAP_SHARED, memory);
  map(PROT_READ, MAP_PRIVATE, memory);
  raise(SIGSEGV);
  return 3;
}
