#include "tracer/audit/elf/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ttrace::audit {
namespace {

struct Class {
  const char* id;
  Level level;
};

Class class_of(Time32Class behaviour) {
  switch (behaviour) {
    case Time32Class::kFailsMinusOne:
    case Time32Class::kFailsZero:
    case Time32Class::kIndirect:
      return {"audit.eoverflow", Level::kError};
    case Time32Class::kWraps:
      return {"audit.wrap", Level::kError};
    case Time32Class::kWrapsArgument:
      return {"audit.wrap-argument", Level::kWarning};
    case Time32Class::kRefused:
      return {"audit.refused", Level::kWarning};
    case Time32Class::kRefusesDate:
      return {"audit.date-refused", Level::kWarning};
    case Time32Class::kConverts:
      return {"audit.converts", Level::kNote};
    case Time32Class::kDuration:
      return {"audit.duration", Level::kNote};
    case Time32Class::kNoTime:
      break;
  }
  return {"audit.harmless", Level::kNote};
}

constexpr std::array<std::string_view, 16> kUtmpCalls = {
    "getutent",  "getutent_r", "getutid",   "getutid_r", "getutline",  "getutline_r",
    "pututline", "updwtmp",    "getutxent", "getutxid",  "getutxline", "pututxline",
    "updwtmpx",  "login",      "logout",    "logwtmp"};

}  // namespace

Finding finding_of(const Time32Row& row, Libc libc) {
  Class kind = class_of(row.behaviour);
  if (libc == Libc::kMusl && row.musl == InMusl::kCuts) kind = class_of(Time32Class::kWraps);
  // Android's 32-bit C library never got a check of the range: what does not fit is cut.
  if (libc == Libc::kBionic && kind.level == Level::kError) kind = class_of(Time32Class::kWraps);
  Finding finding;
  finding.id = kind.id;
  finding.level = row.seldom ? Level::kNote : kind.level;
  finding.symbol = row.function;
  return finding;
}

bool is_utmp_call(std::string_view name) {
  return std::find(kUtmpCalls.begin(), kUtmpCalls.end(), name) != kUtmpCalls.end();
}

Finding utmp_finding(std::string_view name) {
  Finding finding;
  finding.id = "audit.utmp";
  finding.level = Level::kWarning;
  finding.symbol = name;
  return finding;
}

Finding raw_call_finding(const RawCall& call, const std::string& machine) {
  Finding finding;
  finding.id = "audit.raw-call";
  finding.level = call.yields_time ? Level::kError : Level::kWarning;
  finding.symbol = call.name;
  finding.detail = fmt::format("system call {} of {}", call.number, machine);
  return finding;
}

}  // namespace ttrace::audit
