#include "analyzers/time_text.h"

#include <date/date.h>
#include <fmt/format.h>

namespace ttrace {
namespace {

constexpr std::int64_t kYear0 = -62'167'219'200;     // 0000-01-01T00:00:00Z
constexpr std::int64_t kYear9999 = 253'402'300'799;  // 9999-12-31T23:59:59Z

std::string fraction_text(std::int32_t ns) {
  if (ns == 0) return {};
  std::string text = fmt::format(".{:09}", ns);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

std::string utc_text(std::int64_t seconds, std::int32_t ns) {
  if (seconds < kYear0 || seconds > kYear9999) {
    return fmt::format("@{}{}", seconds, fraction_text(ns));
  }
  const date::sys_seconds time{std::chrono::seconds{seconds}};
  const auto day = date::floor<date::days>(time);
  const date::year_month_day date{day};
  const date::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     fraction_text(ns));
}

}  // namespace ttrace
