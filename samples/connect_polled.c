// The clean twin of connect_forgotten: the program waits for its connect as long as it means to, and
// then gives it up.
// ttrace: -q --analyze connect
// builds: i386 x86-64
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

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
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(fd, (const struct sockaddr *)&address, sizeof address);
  struct pollfd item = {.fd = fd, .events = POLLOUT};
  if (poll(&item, 1, 300) == 0) puts("no answer in time");
  close(fd);
  return 0;
}
