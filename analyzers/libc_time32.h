// Which C library calls can carry a 32-bit time, and what each does with a time that does not fit:
// the knowledge behind time.* and file.* findings, in one table with its sources.
#pragma once

#include <string_view>

namespace ttrace {

enum class Time32Class {
  kFailsMinusOne,  // returns -1 with EOVERFLOW
  kFailsZero,      // returns 0 on failure (timespec_get)
  kIndirect,       // fails or misleads through another call inside libc (ftw, fts, glob)
  kWraps,          // silently cuts the value
};

struct Time32Row {
  std::string_view function;
  Time32Class behaviour;
  bool is_file_call;        // a stat-like call: file.*; else time.*
  bool checks_size;         // non-LFS: size, inode and blocks must fit 32 bits too
  std::string_view source;  // where the rule comes from
};

/// The row for a libc function as the program calls it, or null: the call carries no 32-bit time
/// (the *64 variants, say). `function` is a plain C name without a version.
const Time32Row* find_time32(std::string_view function);

}  // namespace ttrace
