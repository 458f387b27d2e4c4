// Hangs in the way it is told: a lock that another thread or process holds, a socket or pipe from
// which nothing comes.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int ready[2];

static void say_ready(void) { (void)!write(ready[1], "r", 1); }
static void wait_ready(void) {
  char c;
  (void)!read(ready[0], &c, 1);
}

static void *hold(void *unused) {
  pthread_mutex_lock(&mutex);
  say_ready();
  pause();
  return unused;
}

static void hang_in_mutex(int inherits) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if (inherits) pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&mutex, &attributes);
  pthread_t thread;
  pthread_create(&thread, 0, hold, 0);
  wait_ready();
  pthread_mutex_lock(&mutex);
}

static void hang_in_lock(const char *path, int command) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  if (fork() == 0) {
    if (command == F_OFD_SETLKW) fd = open(path, O_RDWR);
    fcntl(fd, command, &lock);
    say_ready();
    pause();
  }
  wait_ready();
  fcntl(fd, command, &lock);
}

static void hang_in_socket(void) {
  int pair[2];
  char c;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  if (fork() == 0) {
    close(pair[0]);
    pause();
  }
  close(pair[1]);
  (void)!read(pair[0], &c, 1);
}

int main(int argc, char **argv) {
  if (argc < 2 || pipe(ready)) return 2;
  if (!strcmp(argv[1], "mutex")) hang_in_mutex(0);
  if (!strcmp(argv[1], "pi-mutex")) hang_in_mutex(1);
  if (!strcmp(argv[1], "fcntl")) hang_in_lock(argv[2], F_SETLKW);
  if (!strcmp(argv[1], "ofd")) hang_in_lock(argv[2], F_OFD_SETLKW);
  if (!strcmp(argv[1], "socketpair")) hang_in_socket();
  return 1;
}
