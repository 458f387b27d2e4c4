// A library that makes calls that are watched as it is loaded: of opens_library.c.
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

int constructor_calls;

__attribute__((constructor)) static void begin(void) {
  struct stat facts;
  errno = 0;
  if (time(NULL) != (time_t)-1 || errno == EOVERFLOW) ++constructor_calls;
  errno = 0;
  if (stat("/", &facts) == 0 || errno == EOVERFLOW) ++constructor_calls;
}
