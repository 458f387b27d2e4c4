// What a stack costs that libunwind takes in the process, and one that is copied for ttrace to
// unwind; and what becomes of either while another thread holds the loader's lock.
// Usage: stacks copy|backtrace|steps cost DEPTH, or lock
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kMostFrames = 64, kCopied = 32768, kRounds = 2000 };
extern void *__libc_stack_end;
static char copied[kCopied];
static void *frames[kMostFrames];

static int by_copy(void) {
  char here;
  size_t size = (size_t)((char *)__libc_stack_end - &here);
  if (size > kCopied) size = kCopied;
  memcpy(copied, &here, size);
  return (int)size;
}

static int by_backtrace(void) { return unw_backtrace(frames, kMostFrames); }

static int by_steps(void) {
  unw_context_t context;
  unw_cursor_t cursor;
  int count = 0;
  unw_getcontext(&context);
  unw_init_local2(&cursor, &context, 0);
  do {
    unw_word_t ip = 0;
    unw_get_reg(&cursor, UNW_REG_IP, &ip);
    frames[count++] = (void *)ip;
  } while (count < kMostFrames && unw_step(&cursor) > 0);
  return count;
}

static int (*take)(void);

static double microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double one(void) {
  const double begin = microseconds();
  take();
  return microseconds() - begin;
}

__attribute__((noinline)) static void measure(void) {
  const double first = one();
  double best = first;
  for (int i = 0; i < kRounds; ++i) {
    const double now = one();
    if (now < best) best = now;
  }
  printf("first %.1f us, then %.2f us\n", first, best);
}

__attribute__((noinline)) static char deeper(int depth, const volatile char *outer) {
  volatile char mine[200];
  mine[0] = *outer;
  if (depth == 0) measure();
  return depth ? (char)(deeper(depth - 1, mine) + mine[0]) : mine[0];
}

// The lock that an allocator holds as it asks for the time, say; and a visitor of the modules that
// allocates.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t visiting;

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  (void)info, (void)size, (void)data;
  pthread_barrier_wait(&visiting);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  return 1;
}

static void *visit_modules(void *data) {
  dl_iterate_phdr(visit, data);
  return data;
}

static void take_in_lock(void) {
  pthread_t thread;
  pthread_barrier_init(&visiting, NULL, 2);
  pthread_mutex_lock(&mutex);
  pthread_create(&thread, NULL, visit_modules, NULL);
  pthread_barrier_wait(&visiting);
  alarm(5);
  take();
  pthread_mutex_unlock(&mutex);
  pthread_join(thread, NULL);
  puts("goes on");
}

int main(int argc, char **argv) {
  const char start = 0;
  if (argc < 3) return 2;
  take = !strcmp(argv[1], "copy") ? by_copy : !strcmp(argv[1], "steps") ? by_steps : by_backtrace;
  if (!strcmp(argv[2], "lock")) {
    take_in_lock();
  } else {
    deeper(argc > 3 ? atoi(argv[3]) : 10, &start);
  }
  return 0;
}
