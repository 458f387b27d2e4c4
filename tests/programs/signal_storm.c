// Calls that are watched, from a signal handler that interrupts them, and from children of vfork()
// in threads. Prints what adds up; ends with 6.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kThreads = 4, kChildren = 25, kLeast = 200 };
static volatile sig_atomic_t interrupted, wrong;

static void on_alarm(int sig) {
  const int before = errno;
  struct stat facts;
  struct timespec now;
  errno = 0;
  clock_gettime(CLOCK_MONOTONIC, &now);
  time(NULL);
  if (stat("/", &facts) != 0 && errno != EOVERFLOW) ++wrong;
  ++interrupted;
  errno = before;
  (void)sig;
}

static void* spawn(void* program) {
  long good = 0;
  for (int i = 0; i < kChildren; ++i) {
    const pid_t child = vfork();
    if (child == 0) {
      time(NULL);
      execl(program, program, "child", (char*)NULL);
      _exit(99);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return (void*)good;
}

int main(int argc, char** argv) {
  pthread_t threads[kThreads];
  struct stat facts;
  long good = 0;
  if (argc > 1 && strcmp(argv[1], "child") == 0) return 0;
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  const struct itimerval often = {{0, 500}, {0, 500}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, spawn, argv[0]);
  while (interrupted < kLeast) {
    time(NULL);
    if (stat("/", &facts) != 0 && errno != EOVERFLOW) ++wrong;
  }
  for (int i = 0; i < kThreads; ++i) {
    void* part;
    pthread_join(threads[i], &part);
    good += (long)part;
  }
  printf("%ld children, %d wrong\n", good, (int)wrong);
  return 6;
}
