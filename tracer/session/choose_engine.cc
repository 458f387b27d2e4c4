#include "tracer/session/choose_engine.h"

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "tracer/base/result.h"
#include "tracer/base/yama.h"
#include "tracer/doctor/trial_child.h"
#include "tracer/engine/ptrace.h"

namespace ttrace {
namespace {

int load_empty_filter() {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  return context && seccomp_load(context) == 0 ? 0 : 1;
}

/// A filter around ttrace refuses these calls before the kernel looks at their arguments.
bool calls_are_let_through() {
  constexpr pid_t kNobody = std::numeric_limits<pid_t>::max();
  if (ptrace(PTRACE_SEIZE, kNobody, nullptr, nullptr) == 0 || errno != ESRCH) return false;
  const std::uint32_t action = SECCOMP_RET_TRACE;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/// The first option given that only ptrace serves; null: none.
const char* option_of_ptrace(const RunOptions& options) {
  if (options.kernel != KernelPersona::kNative) return "--kernel";
  if (!options.crash_rules.empty()) return "--crash";
  if (options.core_pattern) return "--core-pattern";
  if (options.init) return "--init";
  return nullptr;
}

void check_options(const RunOptions& options, const std::string& why) {
  const char* const option = option_of_ptrace(options);
  if (!option) return;
  throw UserError(fmt::format("{} takes the ptrace engine{}", option, why),
                  "leave it out, or run ttrace where ptrace is allowed (docker: --cap-add "
                  "SYS_PTRACE; `ttrace doctor` says more)");
}

}  // namespace

std::optional<std::string> why_no_ptrace() {
  if (calls_are_let_through() && !yama_refuses_children()) return std::nullopt;
  {
    const IdleChild child;
    const auto seized = seize(child.pid(), Watch::kFilter);
    if (!seized) {
      const std::string yama = yama_refuses_children() ? "; " + yama_reason() : "";
      return fmt::format("ptrace: {}{}", strerror(seized.error().code), yama);
    }
  }
  if (in_child(load_empty_filter) != 0) return "seccomp filters are refused";
  return std::nullopt;
}

RunOptions with_engine(RunOptions options) {
  if (options.engine == EngineChoice::kAuto) {
    const auto why = why_no_ptrace();
    options.engine = why ? EngineChoice::kPreload : EngineChoice::kPtrace;
    if (why) check_options(options, fmt::format(", which is not allowed here ({})", *why));
    if (why && options.verbosity >= 0) {
      fmt::print(stderr, "ttrace: ptrace cannot be used here ({}): --engine preload is\n", *why);
    }
  } else if (options.engine == EngineChoice::kPreload) {
    check_options(options, "");
  }
  return options;
}

}  // namespace ttrace
