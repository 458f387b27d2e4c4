// The clock by the C library alone, as a program of these days has it.
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

int main(int count, char** words) {
  struct timespec now;
  struct stat st;
  clock_gettime(CLOCK_REALTIME, &now);
  stat(words[count - 1], &st);
  printf("%lld %lld %lld\n", (long long)time(NULL), (long long)now.tv_sec, (long long)st.st_mtime);
  return 0;
}
