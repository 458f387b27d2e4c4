// Work for a hard target: memory, time, stat, threads; argv[1] may ask for a fault of memory.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static void* work(void* name) {
  struct stat facts;
  long sum = 0;
  for (int i = 0; i < 2000; ++i) {
    char* volatile memory = malloc((size_t)(i % 300 + 1));
    memory[0] = 1;
    time_t now = time(NULL);
    sum += memory[0] + (stat(name, &facts) == 0) + (now > 0);
    free(memory);
  }
  return (void*)sum;
}

int main(int argc, char** argv) {
  pthread_t threads[4];
  long total = 0;
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, work, argv[0]);
  for (int i = 0; i < 4; ++i) {
    void* sum;
    pthread_join(threads[i], &sum);
    total += (long)sum;
  }
  printf("%ld\n", total);
  if (argc > 1 && strcmp(argv[1], "after-free") == 0) {
    char* volatile memory = malloc(10);
    free(memory);
    return memory[3];
  }
  if (argc > 1 && strcmp(argv[1], "null") == 0) *(int* volatile)NULL = 1;
  return 5;
}
