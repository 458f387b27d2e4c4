// Lays hands on what ttrace reads from: argv[1] says how. Ends with 7.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const char* channel = getenv("TTRACE_CHANNEL");
  const char* how = argc > 1 ? argv[1] : "";
  int done;
  if (strcmp(how, "cut") == 0) {
    done = truncate(channel, 4096);
  } else if (strcmp(how, "empty") == 0) {
    done = truncate(channel, 0);
  } else if (strcmp(how, "remove") == 0) {
    done = unlink(channel);
  } else {
    static char rubbish[4 << 20];
    memset(rubbish, atoi(how), sizeof rubbish);
    const int fd = open(channel, O_WRONLY);
    done = write(fd, rubbish, sizeof rubbish) == sizeof rubbish ? 0 : 1;
  }
  // Long enough for ttrace to have looked.
  usleep(50000);
  return done == 0 ? 7 : 1;
}
