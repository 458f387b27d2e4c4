// One connect between its entry and its exit, or between EINPROGRESS and what settles it.
#pragma once

#include <memory>
#include <optional>

#include "tracer/engine/ptrace.h"
#include "tracer/engine/tracee.h"
#include "tracer/intercept/connect_faults.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

/// A thread in connect().
struct ConnectAttempt {
  enum class State {
    kCalling,
    kSleeping,     // in the sleep that stands for a delay
    kSlept,        // after it; the call is made again
    kInterrupted,  // by a signal; the kernel may make the call again
  };
  std::shared_ptr<Process> process;
  Pid tid{0};
  Abi abi = Abi::kX86_64;
  int fd = -1;
  std::uint64_t length = 0;  // of the address, as the target gave it
  RawAddress address;
  Registers regs{};  // at the entry
  std::chrono::nanoseconds started{0};
  std::chrono::nanoseconds sleep_until{0};
  std::chrono::nanoseconds interrupted{0};
  ConnectPlan plan;
  State state = State::kCalling;
  bool announced = false;
  std::uint64_t goes_on = 0;  // interrupted, but the kernel goes on: its cookie among the pending
};

/// A connect that went on after the call.
struct PendingConnect {
  std::shared_ptr<Process> process;
  Event event;
  RawStack stack;  // until symbolized into the event
  ConnectPlan plan;
  int fd = -1;
  bool blocking = false;  // it was, until a signal came
  bool announced = false;
  bool seen_pending = false;                          // by a look at it some time after the call
  std::optional<std::chrono::nanoseconds> failed_at;  // its error is still to be fetched
};

/// `result` is one of an interrupted call, which user space never sees: the kernel makes the call
/// again or turns it into EINTR.
bool is_interrupted(std::int64_t result);

/// What services(5) calls the port; empty: nothing.
std::string service_name(const SocketAddress& to);

/// The call as text.
SyscallText connect_text(const ConnectAttempt& attempt, std::optional<std::int64_t> result);

/// What is written into the report about the socket, given what was done to it. `what.to` gets its
/// service name.
void describe_socket(Connect& what, const TargetSocket& socket, const ConnectPlan& plan);

}  // namespace ttrace
