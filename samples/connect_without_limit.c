// A blocking connect without a time limit, to a host that does not answer: only the kernel ends it.
// (The host is a queue that is full; three seconds instead of two minutes are this sample's alone.)
// ttrace: -q --analyze connect
// builds: i386 x86-64
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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
  const int once = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &once, sizeof once);
  connect(fd, (const struct sockaddr *)&address, sizeof address);
  puts(strerror(errno));
  return 0;
}
