// --crash: whatever is typed gives a rule that holds together, or a UserError.
#include <string>

#include "tracer/base/result.h"
#include "tracer/cli/crash_rule.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const ttrace::CrashRule rule = ttrace::parse_crash_rule(text);
    const bool place = rule.when != ttrace::CrashRule::When::kTime;
    if (rule.signal < 1 || rule.signal > 64 || rule.nth == 0) __builtin_trap();
    if (place == rule.name.empty() || rule.after < ttrace::Duration{0}) __builtin_trap();
  } catch (const ttrace::UserError&) {
  }
  return 0;
}
