#include "tracer/session/futex_text.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <unistd.h>

#include <optional>

#include "tracer/engine/remote_memory.h"
#include "tracer/session/descriptor_text.h"

namespace ttrace {
namespace {

constexpr std::uint64_t kLockPi2 = 13;  // FUTEX_LOCK_PI2, Linux 5.14

bool is_thread_of(const Process& process, std::uint32_t tid) {
  const std::string task = fmt::format("/proc/{}/task/{}", raw(process.pid), tid);
  return tid != 0 && access(task.c_str(), F_OK) == 0;
}

/// A lock with priority inheritance holds its owner's thread id (futex(2), FUTEX_LOCK_PI). glibc's
/// pthread_mutex_t has it two words behind (struct __pthread_mutex_s: __lock, __count, __owner);
/// that a word there is by chance the id of a thread of this very process can be left out of
/// account.
std::optional<std::uint32_t> owner(const Process& process,
                                   const std::array<std::uint64_t, 6>& args) {
  const auto words = read_object<std::array<std::uint32_t, 3>>(process.pid, RemotePtr{args[0]});
  if (!words) return std::nullopt;
  const std::uint64_t operation = args[1] & FUTEX_CMD_MASK;
  if (operation == FUTEX_LOCK_PI || operation == kLockPi2) return (*words)[0] & FUTEX_TID_MASK;
  constexpr std::uint32_t kContended = 2;  // glibc, lowlevellock.h: locked, and others wait
  const bool is_lock = operation == FUTEX_WAIT && static_cast<std::uint32_t>(args[2]) == kContended;
  if (!is_lock || (*words)[0] != kContended || !is_thread_of(process, (*words)[2])) {
    return std::nullopt;
  }
  return (*words)[2];
}

}  // namespace

std::string futex_text(const Process& process, const std::array<std::uint64_t, 6>& args) {
  const auto holder = owner(process, args);
  if (holder && *holder != 0) {
    const bool own = is_thread_of(process, *holder);
    return fmt::format("the lock at {:#x}, which {}{} holds", args[0], own ? "thread " : "",
                       own ? std::to_string(*holder) : process_text(static_cast<int>(*holder)));
  }
  return fmt::format("another thread to wake it (a lock, condition or thread's end at {:#x})",
                     args[0]);
}

}  // namespace ttrace
