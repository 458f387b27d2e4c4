// The variables by which the programs that a target executes find the library and the channel too,
// whatever environment they are given.
#pragma once

#include "preload/library/system.h"

namespace ttrace::preload {

/// Remembers them: the program may overwrite its first environment.
void remember_environment();

/// How an environment must change to have them.
struct Completion {
  u32 entries = 0;    // of the whole; 0: it is complete as it is
  u32 text_size = 0;  // of the new variables
  bool has_library = false;
  const char* others = nullptr;   // what else LD_PRELOAD names; null: nothing
  const char* options = nullptr;  // what ASAN_OPTIONS says otherwise; null: nothing
};
Completion completion_of(char* const* environment);
/// The completed environment: `entries` as many pointers as said, `text` as long.
char* const* complete(char* const* environment, const Completion& completion, char** entries,
                      char* text);

/// `environment` with the variables in it, on the stack of the function that this is written in.
#define TTRACE_COMPLETE(environment)                                                        \
  ({                                                                                        \
    char* const* const given_ = (environment);                                              \
    const ttrace::preload::Completion completion_ = ttrace::preload::completion_of(given_); \
    completion_.entries == 0                                                                \
        ? given_                                                                            \
        : ttrace::preload::complete(                                                        \
              given_, completion_,                                                          \
              static_cast<char**>(__builtin_alloca(completion_.entries * sizeof(char*))),   \
              static_cast<char*>(__builtin_alloca(completion_.text_size)));                 \
  })

}  // namespace ttrace::preload
