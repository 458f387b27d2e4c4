// What the tracer saw, in the words of the analyzers: plain values, no ptrace, no file descriptors.
// An Event is all an analyzer ever gets, so that it can be fed by hand, from a live run or from a
// recording alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ttrace {

/// Which process and thread an event belongs to. `abi` is "i386", "x86-64" or "unknown".
struct ProcessRef {
  int pid = 0;
  int tid = 0;
  std::string comm;
  std::string exe;
  std::string abi;
};

/// One frame of a stack, innermost first. What is not known is empty, never guessed: `function`
/// is set only where `ip` lies inside that symbol's size.
struct Frame {
  std::uint64_t ip = 0;
  std::string module;                   // path as the target sees it; empty: not in a file
  std::string build_id;                 // lower-case hex
  std::optional<std::uint64_t> offset;  // ip as an address of the module's ELF file
  std::optional<std::string> function;  // demangled
  std::optional<std::uint64_t> function_offset;
  std::optional<std::string> file;
  std::optional<int> line;
  bool inlined = false;
};
using Stack = std::vector<Frame>;

/// A system call as text: arguments decoded as far as they were understood.
struct SyscallText {
  std::string name;
  std::vector<std::string> args;
  std::optional<std::int64_t> result;
};

/// What the library call that the program made gave back to it.
struct ApiResult {
  std::optional<std::string> function;  // null: no symbol for it
  std::optional<std::int64_t> result;
  std::optional<std::string> error;  // "EOVERFLOW"; null: errno is not known or was not set
  bool confirmed = false;            // seen at the return, not inferred
};

/// A 32-bit process was handed a value that does not fit its 32-bit types. One event per distinct
/// call path; repetitions arrive as PathRepeated.
struct OversizeValue {
  enum class Source { kClock, kFile };
  Source source = Source::kClock;
  /// The kernel interface itself is 32-bit: the value already reached the program cut off.
  bool truncated = false;
  /// Which parts did not fit: "time" for a clock; "atime", "mtime", "ctime", "size", "inode",
  /// "blocks" for a file.
  std::vector<std::string> fields;
  /// The first part that does not fit, if it is a time: seconds since the epoch.
  std::optional<std::int64_t> seconds;
  std::uint64_t path_id = 0;
  SyscallText syscall;
  Stack stack;
  /// Index in `stack` of the libc function that the program called; unset: not found.
  std::optional<std::size_t> api_frame;
  ApiResult api;
};

/// The call path `path_id` of an earlier OversizeValue was taken `times` more times.
struct PathRepeated {
  std::uint64_t path_id = 0;
  std::uint64_t times = 0;
};

/// The target wrote this to its standard error soon after the OversizeValue `path_id`.
struct TargetMessage {
  std::uint64_t path_id = 0;
  std::string text;
};

/// The target asked to set the machine's clock; its faked clock moved instead.
struct ClockSet {
  std::int64_t seconds = 0;
  SyscallText syscall;
  Stack stack;
};

/// A 32-bit program handed the kernel a time that was cut to 32 bits on its way. One event per
/// distinct call path, like OversizeValue.
struct WrappedArgument {
  std::uint64_t path_id = 0;
  bool is_stamp = false;     // a file's time stamp; else the end of a wait
  std::int64_t seconds = 0;  // as handed over: before 1970
  SyscallText syscall;
  Stack stack;
};

/// The kernel that was asked for with --kernel does not have this call. One event per call path.
struct CallRefused {
  std::uint64_t path_id = 0;
  bool is_time32 = false;  // a 32-bit time call; else one of the 64-bit ones of Linux 5.1
  std::string error;       // "ENOSYS" or "EPERM"
  SyscallText syscall;
  Stack stack;
};

struct ProcessStarted {
  int parent = 0;
};
struct ProcessExeced {
  std::vector<std::string> argv;
};
struct ProcessExited {
  std::optional<int> code;
  std::optional<int> signal;
};

struct Event {
  std::chrono::nanoseconds at{0};  // since the run began
  ProcessRef process;
  std::variant<OversizeValue, PathRepeated, TargetMessage, ClockSet, WrappedArgument, CallRefused,
               ProcessStarted, ProcessExeced, ProcessExited>
      what;
};

}  // namespace ttrace
