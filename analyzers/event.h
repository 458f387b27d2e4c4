// What the tracer saw, in the words of the analyzers: plain values, no ptrace, no file descriptors.
// An Event is all an analyzer ever gets, so that it can be fed by hand, from a live run or from a
// recording alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

/// The program wrote a time for people to read that was certainly cut to 32 bits. One event per
/// distinct call path.
struct CutTimeWritten {
  std::uint64_t path_id = 0;
  std::string text;          // the time as it was written
  std::int64_t seconds = 0;  // what was cut: past 2038
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

/// The other end that a socket call names. Bytes of the target: not safe to print as they are.
struct SocketAddress {
  std::string family;   // "AF_INET", …; a family without a name: "AF_27"
  std::string address;  // "127.0.0.1", "fe80::1%2", "/run/x", "@abstract", "cid 2"
  std::optional<std::uint32_t> port;
  std::string service;  // of the port, as services(5) has it; empty: none
  std::string host{};   // the name that the program looked up to get here; empty: not seen
};

/// What bounds a connect of this socket, as the target set it: 0 is the kernel's default.
struct SocketLimits {
  std::chrono::nanoseconds send_timeout{0};   // SO_SNDTIMEO
  std::chrono::milliseconds user_timeout{0};  // TCP_USER_TIMEOUT
  int syn_count = 0;                          // TCP_SYNCNT, in effect
};

/// The kernel ended a connect badly, and the program did not ask how.
inline constexpr const char* kUnasked = "the kernel, unasked";

/// One connect, once its fate is known.
struct Connect {
  enum class Fate {
    kEnded,         // `error` tells how
    kAbandoned,     // non-blocking, and closed before it was settled
    kLetGo,         // under way as ttrace detached
    kStillBlocked,  // as the thread or the run ended
  };
  SocketAddress to;
  Fate fate = Fate::kEnded;
  bool blocking = true;
  std::chrono::nanoseconds started{0};  // since the run began
  std::chrono::nanoseconds duration{0};
  std::chrono::nanoseconds slow{0};  // what the user calls slow
  std::optional<int> error;          // 0: connected; unset: not known
  std::string settled_by;  // "connect()", "getsockopt(SO_ERROR)", kUnasked, …; empty: nothing
  std::optional<SocketLimits> limits;  // unset: not asked for
  std::string fault;                   // the rule that was applied; empty: none
  bool would_hang = false;  // the fault stands for a hang, and this socket has no bound for it
  SyscallText syscall;
  Stack stack;
};

/// Where a thread stood when the time of the run was up, or as ttrace attached to it.
struct ThreadBlocked {
  enum class When { kTimeUp, kAttached };
  When when = When::kTimeUp;
  SyscallText syscall;                               // without a name: it was running
  std::string on;                                    // the other end in words; empty: not known
  std::string kernel_wait;                           // wchan, proc(5); empty: not known
  std::optional<std::chrono::nanoseconds> lasted{};  // at least; unset: not known
  Stack stack;
};

/// A process set what becomes of a signal that dumps core by default (signal(7)).
struct SignalAction {
  enum class What { kDefault, kIgnored, kHandler };
  int signal = 0;
  What what = What::kDefault;
  std::uint64_t address = 0;       // of the handler
  std::vector<std::string> flags;  // "SA_NODEFER", …
  SyscallText syscall;
};

/// A process changed something that decides over the core of `pid`.
struct CoreSetting {
  enum class What { kCoreLimit, kStackLimit, kDumpable, kCredentials, kOther };
  What what = What::kOther;
  int pid = 0;              // whose: prlimit(2) may be about another process
  std::uint64_t value = 0;  // the soft limit, or what dumpable was set to
  SyscallText syscall;      // "execve" for a program that must not be dumped
};

/// All that decides whether a process that dies now leaves a core, and where: core(5).
struct CoreConditions {
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
  std::uint64_t limit = 0;       // RLIMIT_CORE
  std::uint64_t file_limit = 0;  // RLIMIT_FSIZE
  std::string pattern;           // /proc/sys/kernel/core_pattern
  bool uses_pid = false;         // /proc/sys/kernel/core_uses_pid
  int suid_dumpable = 0;         // /proc/sys/fs/suid_dumpable
  std::string target;            // the pattern with its % filled in: a path, or a command line
  std::string directory;         // that the file would be in; empty: for a pipe
  enum class Place { kFine, kMissing, kUnwritable, kNotAFile, kLinked, kFull, kReadOnly };
  Place place = Place::kFine;
  std::string program;  // of a pipe
  enum class Program { kFine, kMissing, kNotExecutable };
  Program program_state = Program::kFine;
  bool is_init = false;    // PID 1 of a pid namespace
  std::string filter;      // /proc/PID/coredump_filter
  std::string systemd;     // systemd-coredump as the program: what its socket is like; else empty
  bool simulated = false;  // the pattern is that of --core-pattern
};

struct ThreadStack {
  int tid = 0;
  std::string comm;
  Stack stack;
};

/// A signal that dumps core by default, at its delivery. `story` here and below: the pid of the
/// process that crashed first, of whose story this is a part.
struct FatalSignal {
  int story = 0;
  int signal = 0;
  std::string code;                      // "SEGV_MAPERR", "SI_USER"; empty: not known
  std::optional<std::uint64_t> address;  // of the fault
  std::string mapped;                    // what is there: "not mapped", "[stack], rw-p"
  int sender = 0;                        // of a signal that a process sent; else 0
  std::string sender_text;               // "bash[12]"
  bool injected = false;                 // by --crash
  SignalAction::What action = SignalAction::What::kDefault;
  std::vector<std::pair<std::string, std::uint64_t>> registers;
  Stack stack;
  std::vector<ThreadStack> threads;  // the others
  CoreConditions core;
};

/// What a process did between a fatal signal and its end.
struct CrashStep {
  enum class Kind {
    kEntered,   // the handler `function`, `detail`: on which stack
    kForked,    // `pid`: the child
    kRaised,    // `signal` to `pid` (0: itself)
    kAction,    // `detail` ("SIG_DFL" …) for `signal`
    kWaited,    // for `pid`, `detail` says how that one ended
    kWrote,     // to `detail`, `text`: what
    kCalled,    // any other system call
    kExecuted,  // the program `detail`
    kExits,     // by itself, with status `value`
    kReturned,  // from the handler to where the signal had come
    kJumped,    // out of the handler without returning
    kBlocked,   // in `syscall`, on `detail`, as the process ended
    kLost,      // further steps were not followed
  };
  int story = 0;
  Kind kind = Kind::kCalled;
  int pid = 0;
  int signal = 0;
  std::int64_t value = 0;
  std::string function;
  std::string detail;
  std::string text;
  SyscallText syscall;
  std::vector<std::string> libc;  // functions of the C library on the way from the handler
};

/// A process of a story is gone.
struct CrashEnd {
  int story = 0;
  std::optional<int> code;
  std::optional<int> signal;
  bool core_dumped = false;       // as its wait status says: a dump was begun
  std::uint64_t core_size = 0;    // of the file that was found where the pattern says
  std::uint64_t core_wanted = 0;  // how long it would have to be, as its own headers say
};

/// The program that a core was piped into (--core-pattern) has ended.
struct CorePiped {
  int story = 0;
  int pid = 0;  // of the program
  std::string command;
  std::uint64_t core_size = 0;
  std::optional<int> code;
  std::optional<int> signal;
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
  std::variant<OversizeValue, PathRepeated, TargetMessage, ClockSet, WrappedArgument,
               CutTimeWritten, CallRefused, Connect, ThreadBlocked, SignalAction, CoreSetting,
               FatalSignal, CrashStep, CrashEnd, CorePiped, ProcessStarted, ProcessExeced,
               ProcessExited>
      what;
};

}  // namespace ttrace
