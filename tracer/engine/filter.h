// The seccomp filter of a run: made from what the interceptors subscribe to, so that a system call
// nobody asked for costs no stop.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/base/result.h"

namespace ttrace {

class Interceptor;

/// Stop at `syscall` (a name as in the kernel's tables) if every condition holds.
struct Subscription {
  struct Condition {
    unsigned arg;
    enum class Op { kEqual, kNotEqual, kMaskedEqual, kAtMost } op;
    std::uint64_t value;
    std::uint64_t mask = 0;  // for kMaskedEqual: the bits that must be as in `value`
  };
  Abi abi;
  std::string syscall;
  std::vector<Condition> conditions;
  Interceptor* interceptor;
  /// Not in the filter: seen only in a process or thread that is followed (Process::followed,
  /// Tracee::follow_budget).
  bool only_if_followed = false;
};

/// A filter as the kernel takes it, kept across execve once it is loaded.
using FilterProgram = std::vector<sock_filter>;

/// Throws UserError where libseccomp does not do it.
FilterProgram make_filter(const std::vector<Subscription>& subscriptions);

/// Loads it into this process. `no_new_privs`: needed without CAP_SYS_ADMIN; set-user-ID programs
/// then have no effect (seccomp(2)). Returns 0 or a negative errno.
int load_filter(const FilterProgram& program, bool no_new_privs);

}  // namespace ttrace
