// dlopen() of argv[1], whose constructor looks at the time and at files (constructor_calls.c).
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  void* const library = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  const int* const calls = library ? dlsym(library, "constructor_calls") : NULL;
  printf("%s\n", calls ? "opened" : dlerror());
  return calls ? *calls : 1;
}
