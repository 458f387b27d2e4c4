// Calls that are watched, from below a buffer of argv[1] bytes; then from a thread whose stack has a
// neighbour that goes away.
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kStack = 65536, kNeighbour = 65536 };
static char* stack;

__attribute__((noinline)) static int calls(void) {
  const struct sockaddr_in nobody = {AF_INET, htons(9), {htonl(INADDR_LOOPBACK)}, {0}};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  int failed = time(NULL) == (time_t)-1;
  failed += connect(fd, (const struct sockaddr*)&nobody, sizeof nobody) != 0;
  close(fd);
  return failed;
}

__attribute__((noinline)) static int fills(size_t size) {
  volatile char buffer[size];
  memset((char*)buffer, 7, size);
  const int failed = calls();
  return failed + buffer[size / 2] - 7;
}

static void* has_neighbour(void* failed) {
  *(int*)failed += fills(100);
  munmap(stack + kStack, kNeighbour);
  *(int*)failed += fills(200);
  return NULL;
}

int main(int argc, char** argv) {
  int failed = argc > 1 ? fills((size_t)atoi(argv[1])) : 0;
  stack = mmap(NULL, kStack + kNeighbour, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, kStack);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, has_neighbour, &failed) != 0) return 1;
  pthread_join(thread, NULL);
  printf("%d failed\n", failed);
  return 0;
}
