// A process to attach to: threads that read the clock, and threads that are blocked in calls of the
// kinds the kernel makes again by itself after a stop, and those it does not. It ends when a byte
// comes on its standard input, and prints what went wrong: an error, a clock that jumped where it
// must not, a wait that was cut short, a signal that was lost. With the argument "patient" it makes
// the calls again that a stop may end with EINTR, as signal(7) asks of it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int ending;
static int patient;
#define AGAIN(result, call) \
  do {                      \
    result = call;          \
  } while (patient && result < 0 && errno == EINTR)
static volatile sig_atomic_t ticks;
static void on_alarm(int unused) { (void)unused, ++ticks; }

static double now(clockid_t id) {
  struct timespec t;
  if (clock_gettime(id, &t)) printf("clock_gettime: %s\n", strerror(errno));
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void wrong(const char *what, long result) {
  printf("%s: %ld, %s\n", what, result, result < 0 ? strerror(errno) : "no error");
}

static void *reads_clock(void *unused) {
  double last = now(CLOCK_MONOTONIC);
  while (!ending) {
    const double mono = now(CLOCK_MONOTONIC), wall = now(CLOCK_REALTIME);
    if (mono < last) wrong("the monotonic clock ran backwards", 0);
    last = mono;
    struct timeval tv;
    struct stat st;
    if (gettimeofday(&tv, 0) || time(0) < 1000000000 || stat("/", &st)) wrong("a reading", -1);
    if (wall < 1e9) wrong("the wall clock", 0);
  }
  return unused;
}

static void *sleeps(void *unused) {
  while (!ending) {
    const double start = now(CLOCK_MONOTONIC);
    const struct timespec span = {0, 700000000};
    const int result = clock_nanosleep(CLOCK_MONOTONIC, 0, &span, 0);
    const double slept = now(CLOCK_MONOTONIC) - start;
    if (result || slept < 0.69) wrong("clock_nanosleep", result);
  }
  return unused;
}

static void *polls(void *unused) {
  while (!ending) {
    const double start = now(CLOCK_MONOTONIC);
    const int result = poll(0, 0, 600);
    if (result || now(CLOCK_MONOTONIC) - start < 0.59) wrong("poll", result);
  }
  return unused;
}

static int stop_fd, pair[2], semaphores;

static void *waits_in_epoll(void *unused) {
  struct epoll_event event = {.events = EPOLLIN}, got;
  const int epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, stop_fd, &event);
  int result;
  AGAIN(result, epoll_wait(epoll, &got, 1, -1));
  if (result != 1) wrong("epoll_wait", result);
  return unused;
}

static void *waits_in_epoll_for_some_time(void *unused) {
  struct epoll_event got;
  const int epoll = epoll_create1(0);
  while (!ending) {
    const double start = now(CLOCK_MONOTONIC);
    int result;
    AGAIN(result, epoll_wait(epoll, &got, 1, 500));
    if (result || now(CLOCK_MONOTONIC) - start < 0.49) wrong("epoll_wait with a timeout", result);
  }
  return unused;
}

static void *receives(void *unused) {
  char c;
  const struct timeval limit = {60, 0};
  setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  long result;
  AGAIN(result, recv(pair[0], &c, 1, 0));
  if (result != 1) wrong("recv with a timeout", result);
  return unused;
}

static void *takes_semaphore(void *unused) {
  struct sembuf down = {0, -1, 0};
  int result;
  AGAIN(result, semop(semaphores, &down, 1));
  if (result) wrong("semop", result);
  return unused;
}

static void *takes_signal(void *unused) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGUSR2);
  int result;
  AGAIN(result, sigwaitinfo(&wanted, 0));
  if (result != SIGUSR2) wrong("sigwaitinfo", result);
  return unused;
}

static void *makes_children(void *unused) {
  while (!ending) {
    const pid_t child = fork();
    if (child == 0) _exit(now(CLOCK_REALTIME) > 1e9 ? 7 : 1);
    int status = 0;
    const pid_t waited = waitpid(child, &status, 0);
    if (child < 0 || waited != child || status != 7 << 8) wrong("a child", waited);
    usleep(50000);
  }
  return unused;
}

int main(int argc, char **argv) {
  patient = argc > 1 && !strcmp(argv[1], "patient");
  void *(*const kinds[])(void *) = {reads_clock,     reads_clock,  sleeps,   polls,
                                    waits_in_epoll,  receives,     waits_in_epoll_for_some_time,
                                    takes_semaphore, takes_signal, makes_children};
  enum { kThreads = sizeof kinds / sizeof *kinds };
  pthread_t threads[kThreads];
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigaddset(&blocked, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &blocked, 0);
  setvbuf(stdout, 0, _IOLBF, 0);
  stop_fd = eventfd(0, 0);
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 2;
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], 0, kinds[i], 0);
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, 0);
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  pthread_sigmask(SIG_UNBLOCK, &alarm_only, 0);
  const struct itimerval every = {{0, 20000}, {0, 20000}};
  setitimer(ITIMER_REAL, &every, 0);
  const double start = now(CLOCK_MONOTONIC);
  puts("ready");
  char c;
  const long got = read(0, &c, 1);
  if (got != 1) wrong("read", got);
  const double lasted = now(CLOCK_MONOTONIC) - start;
  if (ticks < lasted * 50 * 0.2) wrong("ticks of the timer", ticks);
  ending = 1;
  const unsigned long long one = 1;
  struct sembuf up = {0, 1, 0};
  if (write(stop_fd, &one, 8) != 8 || write(pair[1], "x", 1) != 1) wrong("write", -1);
  if (semop(semaphores, &up, 1)) wrong("semop", -1);
  kill(getpid(), SIGUSR2);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], 0);
  semctl(semaphores, 0, IPC_RMID);
  puts("well");
}
