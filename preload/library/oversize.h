// Telling of a value that does not fit the 32-bit type in which a program asked for it.
#pragma once

#include "preload/library/writer.h"

namespace ttrace::preload {

struct Oversize {
  const char* function;   // as the program called it
  unsigned long address;  // of the C library's function
  u32 reasons;
  i64 seconds;
  i64 result;  // what the program is given
  i32 error;   // errno after it
  i32 clock;   // clock id, or the directory's descriptor
  u32 flags;
  const char* path;  // null: none
  const void* buffer;
};

/// `entry`: the stack pointer where the stand-in was called, at the return address. Keeps errno.
/// One record for each call path; further ones count.
void tell_oversize(const Oversize& what, const void* entry);

/// Where the function that this is written in was called.
#define TTRACE_ENTRY() (static_cast<void**>(__builtin_dwarf_cfa()) - 1)

}  // namespace ttrace::preload
