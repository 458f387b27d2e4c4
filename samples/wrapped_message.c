// Keeps a time in 32 bits of its own and tells it to its user: the C library's call was fine, and
// the message is wrong by 136 years.
// builds: i386-time64 x86-64
// alike: yes
#include <stdint.h>
#include <stdio.h>
#include <time.h>

int main(void) {
  int32_t kept = (int32_t)time(NULL);
  time_t when = kept;
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M", gmtime(&when));
  printf("started in %.4s\n", text);
  fflush(stdout);
  fprintf(stderr, "%s", ctime(&when));
  return 0;
}
