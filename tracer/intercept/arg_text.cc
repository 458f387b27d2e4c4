#include "tracer/intercept/arg_text.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

// One letter an argument: c clock id, p path, d directory fd, f fd, x hexadecimal, a address.
constexpr std::pair<std::string_view, std::string_view> kShapes[] = {
    {"clock_gettime", "ca"},
    {"clock_gettime64", "ca"},
    {"clock_settime", "ca"},
    {"clock_settime64", "ca"},
    {"gettimeofday", "aa"},
    {"settimeofday", "aa"},
    {"time", "a"},
    {"stime", "a"},
    {"stat", "pa"},
    {"lstat", "pa"},
    {"fstat", "fa"},
    {"oldstat", "pa"},
    {"oldlstat", "pa"},
    {"oldfstat", "fa"},
    {"stat64", "pa"},
    {"lstat64", "pa"},
    {"fstat64", "fa"},
    {"fstatat64", "dpax"},
    {"newfstatat", "dpax"},
    {"statx", "dpxxa"},
    {"adjtimex", "a"},
    {"clock_adjtime", "ca"},
    {"clock_adjtime64", "ca"},
};

std::string one_arg(Pid pid, char shape, std::uint64_t value) {
  constexpr std::size_t kLongestPath = 256;
  const int number = static_cast<int>(value);
  switch (shape) {
    case 'c':
      return clock_name(number);
    case 'd':
      return number == AT_FDCWD ? "AT_FDCWD" : std::to_string(number);
    case 'f':
      return std::to_string(number);
    case 'p':
      return value == 0 ? "NULL"
                        : fmt::format("\"{}\"", read_string(pid, RemotePtr{value}, kLongestPath));
    case 'a':
      return value == 0 ? "NULL" : fmt::format("{:#x}", value);
    default:
      return fmt::format("{:#x}", value);
  }
}

template <typename Word>
std::vector<std::string> args_text(Pid pid, Abi abi, SyscallNr nr, const Word* args) {
  const std::string name = syscall_name(abi, nr);
  std::vector<std::string> text;
  for (const auto& [known, shape] : kShapes) {
    if (name != known) continue;
    for (std::size_t i = 0; i < shape.size(); ++i) text.push_back(one_arg(pid, shape[i], args[i]));
  }
  return text;
}

}  // namespace

std::string clock_name(int id) {
  static const std::array kNames = {
      "CLOCK_REALTIME",          "CLOCK_MONOTONIC",     "CLOCK_PROCESS_CPUTIME_ID",
      "CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC_RAW", "CLOCK_REALTIME_COARSE",
      "CLOCK_MONOTONIC_COARSE",  "CLOCK_BOOTTIME",      "CLOCK_REALTIME_ALARM",
      "CLOCK_BOOTTIME_ALARM",    "CLOCK_SGI_CYCLE",     "CLOCK_TAI"};
  if (id >= 0 && static_cast<std::size_t>(id) < kNames.size()) {
    return kNames[static_cast<std::size_t>(id)];
  }
  return std::to_string(id);
}

std::vector<std::string> syscall_args_text(Pid pid, Abi abi, SyscallNr nr,
                                           const std::uint32_t* args) {
  return args_text(pid, abi, nr, args);
}

std::vector<std::string> syscall_args_text(Pid pid, Abi abi, SyscallNr nr,
                                           const std::uint64_t* args) {
  return args_text(pid, abi, nr, args);
}

SyscallText syscall_text(const SyscallStop& stop, std::optional<std::int64_t> result) {
  return {syscall_name(stop.abi, stop.nr),
          syscall_args_text(stop.pid(), stop.abi, stop.nr, stop.args.data()), result};
}

}  // namespace ttrace
