// The library's own beginning in each program: it says that the program is watched.
#include "preload/library/program.h"

#include <fcntl.h>

#include "preload/library/environment.h"
#include "preload/library/signals.h"
#include "preload/library/writer.h"

namespace ttrace::preload {
namespace {

void read_line(const char* path, char* to, long size) {
  const long fd = system_call(SYS_openat, AT_FDCWD, address_of(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const long got = system_call(SYS_read, fd, address_of(to), size - 1);
  const bool has_end = got > 0 && to[got - 1] == '\n';
  to[got > 0 ? got - has_end : 0] = '\0';
  system_call(SYS_close, fd);
}

[[gnu::constructor]] void begin() {
  remember_environment();
  tell_program(Kind::kProgram);
  watch_signals();
}

}  // namespace

void tell_program(Kind kind) {
  auto* const record = reserve_as<ProgramRecord>(kind);
  if (!record) return;
  record->parent = static_cast<i32>(system_call(SYS_getppid));
  record->comm[0] = '\0';
  read_line("/proc/self/comm", record->comm, sizeof record->comm);
  const long size = system_call(SYS_readlinkat, AT_FDCWD, address_of("/proc/self/exe"),
                                address_of(record->exe), kNameSize - 1);
  record->exe[size > 0 ? size : 0] = '\0';
  commit(&record->record);
}

}  // namespace ttrace::preload
