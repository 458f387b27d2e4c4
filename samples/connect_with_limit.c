// The clean twin of connect_without_limit: the program bounds its connect, and goes on in time.
// ttrace: -q --analyze connect
// builds: i386 x86-64
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

static struct sockaddr_in silent_host(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr *)&address, size);
  listen(listener, 0);
  getsockname(listener, (struct sockaddr *)&address, &size);
  connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, size);
  return address;
}

int main(void) {
  const struct sockaddr_in address = silent_host();
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const struct timeval limit = {.tv_usec = 300000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  connect(fd, (const struct sockaddr *)&address, sizeof address);
  puts(strerror(errno));
  return 0;
}
