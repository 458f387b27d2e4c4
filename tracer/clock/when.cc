// The absolute forms, and what all forms share; relative ones are in relative.cc.
#include "tracer/clock/when.h"

#include <date/date.h>
#include <fmt/format.h>

#include <optional>

#include "analyzers/time_text.h"
#include "tracer/base/result.h"
#include "tracer/clock/relative.h"
#include "tracer/clock/scan.h"

namespace ttrace {
namespace {

constexpr const char* kHint =
    "write it as 2038-01-19T03:14:08Z, 2038-01-19, @2147483648, or relative to now: +12y, -3d, "
    "+90min";

[[noreturn]] void fail(std::string_view text, std::string_view why, std::string hint = kHint) {
  throw UserError(fmt::format("'{}' is not a point in time: {}", text, why), std::move(hint));
}

WallTime check_range(std::string_view text, WallTime time) {
  if (time.s < kEarliestWhen.s) {
    throw UserError(fmt::format("'{}' is too early: the first time ttrace sets is {}", text,
                                format_utc(kEarliestWhen)),
                    "32-bit times and ext4's time stamps begin in December 1901; no program on "
                    "Linux can be told an earlier one in full");
  }
  if (time.s > kLatestWhen.s) {
    throw UserError(fmt::format("'{}' is too late: the last time ttrace sets is {}", text,
                                format_utc(kLatestWhen)),
                    "years have four digits in ISO 8601; of the kernel's own limits, file time "
                    "stamps end in 2446 (ext4) and its clock in 2262");
  }
  return time;
}

date::sys_days existing_day(std::string_view text, int y, int m, int d) {
  if (m < 1 || m > 12) fail(text, fmt::format("there is no month {}", m), "months are 01 to 12");
  const date::year_month month{date::year{y}, date::month{static_cast<unsigned>(m)}};
  const date::year_month_day day = month / d;
  if (day.ok()) return day;
  const date::year_month_day last = month / date::last;
  fail(text, "that day does not exist",
       date::format("%B %Y", month) +
           fmt::format(" has {} days", static_cast<unsigned>(last.day())));
}

int take_number(std::string_view text, std::string_view& rest, std::size_t digits,
                std::string_view what) {
  const auto number = take_digits(rest, digits);
  if (!number) fail(text, fmt::format("{} digits are missing for the {}", digits, what));
  return *number;
}

int take_below(std::string_view text, std::string_view& rest, int limit, std::string_view what) {
  const int number = take_number(text, rest, 2, what);
  if (number == 60 && what == "second") {
    fail(text, "there is no second 60", "Linux has no leap seconds: it repeats second 59");
  }
  if (number >= limit) fail(text, fmt::format("there is no {} {}", what, number));
  return number;
}

struct TimeOfDay {
  std::int64_t s = 0;
  std::int32_t ns = 0;
};

TimeOfDay take_time(std::string_view text, std::string_view& rest) {
  TimeOfDay time;
  time.s = take_below(text, rest, 24, "hour") * 3600;
  if (!take_char(rest, ':')) fail(text, "the minutes are missing");
  time.s += take_below(text, rest, 60, "minute") * 60;
  if (!take_char(rest, ':')) return time;
  time.s += take_below(text, rest, 60, "second");
  if (!rest.empty() && (rest[0] == '.' || rest[0] == ',')) {
    const auto fraction = take_decimal(rest);
    if (!fraction) fail(text, "digits are missing after the decimal point");
    time.ns = static_cast<std::int32_t>(fraction->nanos);
  }
  return time;
}

/// Seconds east of UTC. The widest offset ever in use is 15:56:08 (Manila before 1845).
std::int64_t take_offset(std::string_view text, std::string_view& rest) {
  take_char(rest, ' ');
  if (rest.empty() || take_char(rest, 'Z') || take_char(rest, 'z')) return 0;
  const bool east = rest[0] == '+';
  if (!east && rest[0] != '-') {
    fail(text, fmt::format("'{}' is no offset from UTC", rest),
         "an offset is Z, +09:00 or -0330; names of time zones are not known here");
  }
  rest.remove_prefix(1);
  std::int64_t seconds = take_below(text, rest, 24, "offset hour") * 3600;
  const bool colon = take_char(rest, ':');
  if (colon || !rest.empty()) seconds += take_below(text, rest, 60, "offset minute") * 60;
  return east ? seconds : -seconds;
}

WallTime parse_absolute(std::string_view text) {
  std::string_view rest = text;
  const int year = take_number(text, rest, 4, "year");
  if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    fail(text, "a year has four digits, then '-'",
         "dates have the form 2038-01-19; for seconds since the epoch write @" + std::string(text));
  }
  if (!take_char(rest, '-')) fail(text, "'-' is missing after the year");
  const int month = take_number(text, rest, 2, "month");
  if (!take_char(rest, '-')) fail(text, "the day is missing");
  const int day = take_number(text, rest, 2, "day");
  const auto midnight = existing_day(text, year, month, day).time_since_epoch();
  const std::int64_t start = std::chrono::seconds{midnight}.count();
  if (rest.empty()) return {start + 12 * 3600, 0};
  if (!take_char(rest, 'T') && !take_char(rest, 't') && !take_char(rest, ' ')) {
    fail(text, fmt::format("'{}' after the date is not a time", rest));
  }
  const TimeOfDay time = take_time(text, rest);
  const std::int64_t offset = take_offset(text, rest);
  if (!rest.empty()) fail(text, fmt::format("'{}' at its end has no meaning", rest));
  return {start + time.s - offset, time.ns};
}

WallTime parse_epoch(std::string_view text) {
  std::string_view rest = text.substr(1);
  const bool negative = take_char(rest, '-');
  if (!negative) take_char(rest, '+');
  const auto number = take_decimal(rest);
  if (!number || !rest.empty()) fail(text, "after '@' comes a number of seconds");
  const auto s = static_cast<std::int64_t>(number->whole);
  const auto ns = static_cast<std::int32_t>(number->nanos);
  if (!negative) return {s, ns};
  if (ns == 0) return {-s, 0};
  return {-s - 1, 1'000'000'000 - ns};
}

WallTime parse_any(std::string_view text, WallTime now) {
  if (text.empty()) fail(text, "it is empty");
  if (text == "now") return now;
  switch (text.front()) {
    case '@':
      return parse_epoch(text);
    case '+':
    case '-':
      return parse_relative(text, now);
    default:
      return parse_absolute(text);
  }
}

}  // namespace

WallTime parse_when(std::string_view text, WallTime now) {
  return check_range(text, parse_any(text, now));
}

std::string format_utc(WallTime time) { return utc_text(time.s, time.ns); }

}  // namespace ttrace
