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

  // Below: no time past 2038 comes out of these, so that a run does not show them failing of
  // themselves; a static look at a program tells by them how it was built.
  kWrapsArgument,  // hands a cut absolute time on: waits end at once, files get dates of 1901
  kRefused,        // the kernel refuses a cut absolute time with EINVAL
  kRefusesDate,    // returns -1 with EOVERFLOW for a broken-down date past 2038 (mktime)
  kConverts,       // lossless, of a value that was cut before (localtime)
  kDuration,       // intervals and limits only
  kNoTime,         // has two variants, but the time type is no part of what callers use
};

/// What the function of this name does in musl 1.2, whose plain names are its compat/time32.
enum class InMusl {
  kNone,  // the plain name says nothing about the size of time_t
  kSame,
  kCuts,  // copies the cut fields where glibc fails
};

struct Time32Row {
  std::string_view function;
  Time32Class behaviour;
  bool is_file_call;        // a stat-like call: file.*; else time.*
  bool checks_size;         // non-LFS: size, inode and blocks must fit 32 bits too
  std::string_view source;  // where the rule comes from
  InMusl musl = InMusl::kNone;
  bool seldom = false;  // few callers look at the time that it carries
};

/// The row for a libc function as the program calls it, or null: no 32-bit time comes out of it
/// (the *64 variants, say). `function` is a plain C name without a version.
const Time32Row* find_time32(std::string_view function);

/// The same with the classes from kWrapsArgument on.
const Time32Row* find_time32_import(std::string_view function);

/// The row of the plain function of which `function` is the variant with a 64-bit time, glibc's
/// (__clock_gettime64, __stat64_time64) or musl's (__stat_time64); null if it is none.
const Time32Row* find_time64_import(std::string_view function);

/// Whether a program that is linked to musl and uses this plain name has a 32-bit time_t.
bool tells_in_musl(const Time32Row& row);

}  // namespace ttrace
