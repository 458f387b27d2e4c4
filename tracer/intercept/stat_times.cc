#include "tracer/intercept/stat_times.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <map>
#include <string>
#include <utility>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/oversize_reporter.h"
#include "tracer/shim/call_sites.h"

namespace ttrace {
namespace {

struct StatCall {
  Abi abi;
  const char* name;
  unsigned buffer_arg;
  const shim::StatLayout& layout;
};

constexpr std::array kCalls = {
    StatCall{Abi::kX86_64, "stat", 1, shim::kStatX86_64},
    StatCall{Abi::kX86_64, "lstat", 1, shim::kStatX86_64},
    StatCall{Abi::kX86_64, "fstat", 1, shim::kStatX86_64},
    StatCall{Abi::kX86_64, "newfstatat", 2, shim::kStatX86_64},
    StatCall{Abi::kX86_64, "statx", 4, shim::kStatx},
    StatCall{Abi::kI386, "oldstat", 1, shim::kOldStatI386},
    StatCall{Abi::kI386, "oldlstat", 1, shim::kOldStatI386},
    StatCall{Abi::kI386, "oldfstat", 1, shim::kOldStatI386},
    StatCall{Abi::kI386, "stat", 1, shim::kStatI386},
    StatCall{Abi::kI386, "lstat", 1, shim::kStatI386},
    StatCall{Abi::kI386, "fstat", 1, shim::kStatI386},
    StatCall{Abi::kI386, "stat64", 1, shim::kStat64I386},
    StatCall{Abi::kI386, "lstat64", 1, shim::kStat64I386},
    StatCall{Abi::kI386, "fstat64", 1, shim::kStat64I386},
    StatCall{Abi::kI386, "fstatat64", 2, shim::kStat64I386},
    StatCall{Abi::kI386, "statx", 4, shim::kStatx},
};

using CallsByNumber = std::map<std::pair<Abi, SyscallNr>, const StatCall*>;

CallsByNumber by_number() {
  CallsByNumber calls;
  for (const StatCall& call : kCalls) {
    if (const auto nr = syscall_number(call.abi, call.name)) calls[{call.abi, *nr}] = &call;
  }
  return calls;
}

const StatCall* find_call(const SyscallStop& stop) {
  static const CallsByNumber calls = by_number();
  const auto call = calls.find({stop.abi, stop.nr});
  return call == calls.end() ? nullptr : call->second;
}

using StatBytes = std::array<unsigned char, 256>;
static_assert(sizeof(struct statx) == sizeof(StatBytes));

// What statx() says of an open file, if `stop` asks for one: the answer to the tracer is the same.
bool look_at_descriptor(const SyscallStop& stop, StatBytes& buffer) {
  constexpr std::uint64_t kFlags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
  const std::uint64_t flags = stop.args[2];
  const auto fd = static_cast<std::int32_t>(stop.args[0]);
  if (fd < 0 || !(flags & AT_EMPTY_PATH) || flags & ~kFlags) return false;
  const auto path = read_object<char>(stop.pid(), stop.pointer(1));
  if (!path || *path != '\0') return false;
  const std::string file = fmt::format("/proc/{}/fd/{}", raw(stop.tid()), fd);
  return ::statx(AT_FDCWD, file.c_str(), static_cast<int>(flags) & ~AT_EMPTY_PATH,
                 static_cast<unsigned>(stop.args[3]),
                 reinterpret_cast<struct statx*>(buffer.data())) == 0;
}

}  // namespace

void StatTimes::subscribe(std::vector<Subscription>& subscriptions) {
  const Condition foreign{5, Condition::Op::kNotEqual, parts_.cookie};
  for (const StatCall& call : kCalls) {
    if (parts_.shift || (parts_.watch && call.abi == Abi::kI386)) {
      add(subscriptions, call.abi, call.name, {foreign});
    }
  }
}

Interceptor::Next StatTimes::on_entry(SyscallStop& stop) {
  if (parts_.sites.redirect(stop)) return Next::kGoOn;
  return answer_here(stop) ? Next::kTaken : Next::kStopAtExit;
}

// i386's dynamic loader passes by the shim, and looks at each library that it opens: half the
// stops.
bool StatTimes::answer_here(SyscallStop& stop) {
  const StatCall* const call = find_call(stop);
  StatBytes buffer{};
  if (!call || &call->layout != &shim::kStatx || !look_at_descriptor(stop, buffer)) return false;
  const auto shifted = shim::shift_stat(parts_.clock.params(), parts_.files, call->layout,
                                        parts_.shift, buffer.data());
  if (!write_memory(stop.pid(), stop.pointer(call->buffer_arg), buffer.data(), buffer.size())) {
    return false;
  }
  report(stop, shifted);
  stop.skip(0);
  return true;
}

void StatTimes::on_exit(SyscallStop& stop) {
  const StatCall* const call = find_call(stop);
  if (stop.result != 0 || !call) return;
  const RemotePtr at = stop.pointer(call->buffer_arg);
  StatBytes buffer{};
  if (!read_memory(stop.pid(), at, buffer.data(), call->layout.length)) return;
  const shim::StatShift shifted = shim::shift_stat(parts_.clock.params(), parts_.files,
                                                   call->layout, parts_.shift, buffer.data());
  if (parts_.shift) (void)write_memory(stop.pid(), at, buffer.data(), call->layout.length);
  report(stop, shifted);
}

void StatTimes::report(SyscallStop& stop, const shim::StatShift& shifted) {
  if (!shifted.reasons || !parts_.watch || stop.abi != Abi::kI386) return;
  const auto regs = get_regs(stop.tid());
  if (!regs || abi_of(*regs) != Abi::kI386) return;
  shim::Report report{};
  report.reasons = shifted.reasons;
  report.syscall = static_cast<std::uint32_t>(raw(stop.nr));
  for (unsigned i = 0; i < 5; ++i) report.args[i] = static_cast<std::uint32_t>(stop.args[i]);
  report.time = {shifted.first, 0};
  parts_.reporter.report(stop.tracee, report, unwind_state(*regs), RemotePtr{regs->rsp});
}

}  // namespace ttrace
