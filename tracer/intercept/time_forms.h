// The shapes in which a system call is given a time, and the reading and writing of each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "preload/shim/clock_math.h"
#include "tracer/abi/abi.h"
#include "tracer/base/result.h"

namespace ttrace {

enum class Form {
  kTimespec,
  kTimeval,
  kItimerspec,  // interval, then value: only the value may be absolute
  kItimerval,
  kTimespecs2,  // access and modification stamps; UTIME_NOW and UTIME_OMIT are no times
  kTimevals2,
  kSeconds2,  // struct utimbuf
};

/// How wide the fields are in memory: 32 bits in the old i386 calls, 64 in all others.
enum class Width : unsigned { kNarrow = 4, kWide = 8 };

/// The times in one argument, each with nanoseconds whatever the form.
struct TimeList {
  std::array<shim::Time, 2> times{};
  std::array<bool, 2> is_time{};  // false: a special value that stays as it is
  std::size_t count = 0;
};

std::size_t size_of(Form form, Width width);
/// nullopt: not readable.
std::optional<TimeList> read_times(Pid pid, RemotePtr from, Form form, Width width);
/// Over a copy of what read_times() read, so that special values are kept. Narrow fields are cut.
Status write_times(Pid pid, RemotePtr from, RemotePtr to, Form form, Width width,
                   const TimeList& list);

}  // namespace ttrace
