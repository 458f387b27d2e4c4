#include "tracer/base/yama.h"

#include <linux/capability.h>

#include "tracer/base/first_line.h"
#include "tracer/base/own_status.h"

namespace ttrace {

std::string yama_scope() { return first_line("/proc/sys/kernel/yama/ptrace_scope"); }

bool yama_refuses_children() {
  const std::string scope = yama_scope();
  return scope == "3" || (scope == "2" && !has_capability(CAP_SYS_PTRACE));
}

bool yama_refuses_attach() {
  return yama_refuses_children() || (yama_scope() == "1" && !has_capability(CAP_SYS_PTRACE));
}

std::string yama_reason() {
  if (!yama_refuses_attach()) return "";
  const std::string scope = yama_scope();
  const std::string setting = "kernel.yama.ptrace_scope is " + scope;
  if (scope == "3") return setting + ": nobody may trace";
  if (scope == "2") return setting + ": only root may trace";
  return setting + ": an ordinary user may trace only what they start themselves";
}

std::string yama_remedy() {
  if (!yama_refuses_attach()) return "";
  const std::string scope = yama_scope();
  if (scope == "3") return "boot the machine again without it: it cannot be lowered";
  return "run ttrace as root, or `sudo sysctl kernel.yama.ptrace_scope=" +
         std::string(scope == "2" ? "1" : "0") + "`";
}

}  // namespace ttrace
