// The calls that make processes and execute programs: what they lead to goes on being watched.
// After vfork() the child runs on the parent's stack and memory, so nothing here keeps state of its
// own.
#include <stdarg.h>

#include "preload/library/environment.h"
#include "preload/library/next.h"
#include "preload/library/program.h"
#include "preload/library/signals.h"
#include "preload/library/writer.h"

extern "C" [[gnu::weak]] char** environ;

namespace ttrace::preload {
namespace {

using Words = char* const*;

Next<int()> next_fork{"fork"};
Next<int(const char*, Words, Words)> next_execve{"execve"};
Next<int(const char*, Words, Words)> next_execvpe{"execvpe"};
Next<int(int, Words, Words)> next_fexecve{"fexecve"};
Next<int(int, const char*, Words, Words, int)> next_execveat{"execveat"};
using Spawn = int(int*, const char*, const void*, const void*, Words, Words);
Next<Spawn> next_spawn{"posix_spawn"};
Next<Spawn> next_spawnp{"posix_spawnp"};

Words own_environment() { return &environ ? environ : nullptr; }

/// `pid` is about to execute `file`, or has begun to. 0: this process.
void tell_executing(const char* file, int pid) {
  auto* const record = reserve_as<ExecRecord>(Kind::kExecuting);
  if (!record) return;
  record->process = pid != 0 ? pid : record->record.pid;
  record->failed = 0;
  copy_text(record->file, file);
  commit(&record->record);
}

/// Keeps errno.
int tell_failed(int result) {
  if (auto* const record = reserve_as<ExecRecord>(Kind::kExecuting)) {
    record->process = record->record.pid;
    record->failed = 1;
    record->file[0] = '\0';
    commit(&record->record);
  }
  return result;
}

int execute(const char* path, Words argv, Words environment) {
  tell_executing(path, 0);
  return tell_failed(next_execve.get()(path, argv, environment));
}

int search_and_execute(const char* file, Words argv, Words environment) {
  tell_executing(file, 0);
  return tell_failed(next_execvpe.get()(file, argv, environment));
}

int spawn(Spawn* real, int* pid, const char* file, const void* actions, const void* attributes,
          Words argv, Words environment) {
  int made = 0;
  const int result = real(&made, file, actions, attributes, argv, environment);
  if (result == 0) tell_executing(file, made);
  if (pid) *pid = made;
  return result;
}

/// The arguments of execl() and its kin up to the null that ends them.
u32 count_words(va_list list) {
  u32 count = 1;
  while (va_arg(list, char*)) ++count;
  return count;
}

}  // namespace

TTRACE_STAND_IN(int, fork, ()) {
  const int pid = next_fork.get()();
  if (pid == 0) after_fork();
  return pid;
}

TTRACE_STAND_IN(int, execve, (const char* path, Words argv, Words environment)) {
  const Words whole = TTRACE_COMPLETE(environment);
  return execute(path, argv, whole);
}

TTRACE_STAND_IN(int, execv, (const char* path, Words argv)) {
  const Words whole = TTRACE_COMPLETE(own_environment());
  return execute(path, argv, whole);
}

TTRACE_STAND_IN(int, execvp, (const char* file, Words argv)) {
  const Words whole = TTRACE_COMPLETE(own_environment());
  return search_and_execute(file, argv, whole);
}

TTRACE_STAND_IN(int, execvpe, (const char* file, Words argv, Words environment)) {
  const Words whole = TTRACE_COMPLETE(environment);
  return search_and_execute(file, argv, whole);
}

TTRACE_STAND_IN(int, fexecve, (int fd, Words argv, Words environment)) {
  const Words whole = TTRACE_COMPLETE(environment);
  tell_executing("", 0);
  return tell_failed(next_fexecve.get()(fd, argv, whole));
}

TTRACE_STAND_IN(int, execveat,
                (int directory, const char* path, Words argv, Words environment, int flags)) {
  const Words whole = TTRACE_COMPLETE(environment);
  tell_executing(path, 0);
  return tell_failed(next_execveat.get()(directory, path, argv, whole, flags));
}

TTRACE_STAND_IN(int, posix_spawn,
                (int* pid, const char* path, const void* actions, const void* attributes,
                 Words argv, Words environment)) {
  const Words whole = TTRACE_COMPLETE(environment);
  return spawn(next_spawn.get(), pid, path, actions, attributes, argv, whole);
}

TTRACE_STAND_IN(int, posix_spawnp,
                (int* pid, const char* file, const void* actions, const void* attributes,
                 Words argv, Words environment)) {
  const Words whole = TTRACE_COMPLETE(environment);
  return spawn(next_spawnp.get(), pid, file, actions, attributes, argv, whole);
}

// The words of a variable argument list, as an array on the caller's stack; `rest` then stands
// behind the null.
#define TTRACE_GATHER(first, rest)                                                             \
  ({                                                                                           \
    va_list counted_;                                                                          \
    va_copy(counted_, rest);                                                                   \
    const u32 count_ = (first) ? count_words(counted_) : 0;                                    \
    va_end(counted_);                                                                          \
    char** const words_ = static_cast<char**>(__builtin_alloca((count_ + 1) * sizeof(char*))); \
    words_[0] = const_cast<char*>(first);                                                      \
    for (u32 i_ = 1; i_ <= count_; ++i_) words_[i_] = va_arg(rest, char*);                     \
    words_;                                                                                    \
  })

TTRACE_STAND_IN(int, execl, (const char* path, const char* first, ...)) {
  va_list rest;
  va_start(rest, first);
  char* const* const argv = TTRACE_GATHER(first, rest);
  va_end(rest);
  const Words whole = TTRACE_COMPLETE(own_environment());
  return execute(path, argv, whole);
}

TTRACE_STAND_IN(int, execlp, (const char* file, const char* first, ...)) {
  va_list rest;
  va_start(rest, first);
  char* const* const argv = TTRACE_GATHER(first, rest);
  va_end(rest);
  const Words whole = TTRACE_COMPLETE(own_environment());
  return search_and_execute(file, argv, whole);
}

TTRACE_STAND_IN(int, execle, (const char* path, const char* first, ...)) {
  va_list rest;
  va_start(rest, first);
  char* const* const argv = TTRACE_GATHER(first, rest);
  const Words environment = va_arg(rest, Words);
  va_end(rest);
  const Words whole = TTRACE_COMPLETE(environment);
  return execute(path, argv, whole);
}

}  // namespace ttrace::preload
