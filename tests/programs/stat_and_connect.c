// What is found without a faked clock: the time stamp of argv[1], and a connect that is refused.
// Ends with 3.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int look(const char* path) {
  struct stat facts;
  return stat(path, &facts);
}

/// To a port that is bound but not listened at, so that nobody else answers.
static int call(void) {
  struct sockaddr_in there = {.sin_family = AF_INET};
  socklen_t size = sizeof there;
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int other = socket(AF_INET, SOCK_STREAM, 0), own = socket(AF_INET, SOCK_STREAM, 0);
  bind(other, (struct sockaddr*)&there, sizeof there);
  getsockname(other, (struct sockaddr*)&there, &size);
  return connect(own, (struct sockaddr*)&there, sizeof there);
}

int main(int argc, char** argv) {
  for (int i = 0; i < 3; ++i) look(argc > 1 ? argv[1] : "");
  call();
  return 3;
}
