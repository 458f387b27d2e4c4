// What the tracer knows of the threads, processes and address spaces it watches.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzers/event.h"
#include "preload/shim/protocol.h"
#include "tracer/abi/abi.h"
#include "tracer/base/types.h"

namespace ttrace {

class Interceptor;

/// A call path that the shim of an address space counts by itself.
struct LearnedPath {
  std::uint64_t path_id = 0;
  shim::CallPath recipe{};
  std::uint32_t counted = 0;  // what the shim's counter said when it was last read
  bool told = false;          // an event was made of it
};

/// Code of a process that runs already, of which the first bytes were replaced.
struct PatchedCode {
  RemotePtr at{0};
  std::vector<std::uint8_t> former;  // what stood there
  std::size_t taken = 0;             // bytes of the instructions that were replaced
};

/// One per memory map: shared by threads and by vfork children, copied by fork, new at execve.
struct AddressSpace {
  RemotePtr vdso{0};
  RemotePtr loader{0};  // the dynamic one (AT_BASE); 0: none
  RemotePtr shim{0};    // 0: none
  RemotePtr shim_data{0};
  std::shared_ptr<const std::vector<PatchedCode>> patches;  // that lead into the shim; may be null
  std::vector<LearnedPath> paths;                           // in the order of the shim's table
  std::uint32_t overflowed = 0;                             // the shim's counter when last read
  std::optional<std::int64_t> errno_offset;  // of errno from the thread pointer, once seen
  bool shared_by_others = false;             // processes that run at the same time (not vfork)
  bool threaded = false;                     // the shim was told that more than one thread runs
  std::size_t matchers = 0;                  // of the shim, in use (i386)
  std::size_t stubs = 0;                     // of the shim, in use (x86-64)
  std::set<std::uint64_t> refused_sites;     // call sites that must not be patched
};

struct Process {
  enum class Reason : unsigned { kPacketTimes = 1, kBootTime = 2 };
  void follow(Reason reason, bool wanted) {
    const auto bit = static_cast<unsigned>(reason);
    followed = wanted ? followed | bit : followed & ~bit;
  }

  Pid pid{0};
  Pid parent{0};
  Abi abi = Abi::kX86_64;
  std::string comm;  // both empty: not read since the last execve
  std::string exe;
  std::shared_ptr<AddressSpace> space;
  std::string time_served = "none: it never executed a program";
  unsigned threads = 0;      // not counting those that are about to end
  unsigned followed = 0;     // for which reasons its threads stop at every system call
  bool told_nested = false;  // the user was told that its ptrace calls fail
};

/// A hardware breakpoint on the return of a libc call (see shim/confirm.h).
struct ReturnProbe {
  RemotePtr address{0};  // 0: free
  RemotePtr sp{0};       // the stack pointer after the return
  const struct AwaitedReturn* awaited = nullptr;
  std::size_t frame = 0;
};

/// An event that waits for the return of the libc call it is about.
struct AwaitedReturn {
  Event event;
  std::vector<std::uint8_t> errno_before;  // the words around the thread pointer
  unsigned probes = 0;
};

/// A system call between the stop at its entry and the one at its exit.
struct SyscallInProgress {
  Abi abi;
  SyscallNr nr;
  std::array<std::uint64_t, 6> args;
  Interceptor* interceptor = nullptr;
};

struct Tracee {
  Pid tid{0};
  std::shared_ptr<Process> process;  // null: stopped before its creation was reported
  std::optional<SyscallInProgress> in_syscall;
  bool ending = false;      // past its PTRACE_EVENT_EXIT
  bool in_call = false;     // between entry and exit of any system call (Watch::kEachCall)
  bool asked = false;       // to stop (Tracer::ask), and has not stopped since
  bool left = false;        // has been let go
  bool at_exec = false;     // has not stopped since the exec event
  bool followed = false;    // the observer sees each of its system calls
  bool to_handler = false;  // a signal was delivered, to stop at its handler's first instruction
  std::array<ReturnProbe, 4> probes{};
  std::vector<std::unique_ptr<AwaitedReturn>> awaited;
  unsigned follow_budget = 0;     // system calls at which this thread is still to stop
  unsigned listen_budget = 0;     // system calls still to be watched for a message
  std::uint64_t listen_path = 0;  // the finding it would belong to
  std::string heard;              // the message so far
};

}  // namespace ttrace
