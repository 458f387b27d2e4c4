// storm ADDRESS PORT blocks|waits: 64 threads make 157 connects each, 10,048 in all; with `waits`
// 16 at a time in each thread, non-blocking. Prints how many ended, and how many of them badly.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kThreads = 64, kEach = 157, kAtATime = 16 };
static struct sockaddr_in to = {.sin_family = AF_INET};
static int waits;
static atomic_int ended, failed;

static void count(int error) {
  ++ended;
  if (error) ++failed;
}

static void connect_and_wait(int many) {
  struct pollfd items[kAtATime];
  for (int i = 0; i < many; ++i) {
    items[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    items[i].events = POLLOUT;
    if (connect(items[i].fd, (struct sockaddr *)&to, sizeof to) == 0) count(0);
  }
  for (int i = 0; i < many; ++i) {
    int error = 0;
    socklen_t size = sizeof error;
    poll(&items[i], 1, -1);
    getsockopt(items[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
    count(error);
    close(items[i].fd);
  }
}

static void *work(void *unused) {
  for (int left = kEach; waits && left > 0; left -= kAtATime) {
    connect_and_wait(left < kAtATime ? left : kAtATime);
  }
  for (int i = 0; !waits && i < kEach; ++i) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    count(connect(fd, (struct sockaddr *)&to, sizeof to) ? errno : 0);
    close(fd);
  }
  return unused;
}

int main(int argc, char **argv) {
  pthread_t threads[kThreads];
  if (argc < 4) return 2;
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  to.sin_port = htons((unsigned short)atoi(argv[2]));
  waits = !strcmp(argv[3], "waits");
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], 0, work, 0);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], 0);
  printf("%d %d\n", ended, failed);
}
