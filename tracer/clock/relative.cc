#include "tracer/clock/relative.h"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tracer/base/result.h"
#include "tracer/clock/scan.h"

namespace ttrace {
namespace {

struct Unit {
  std::string_view name;
  int months;            // 0: a fixed length
  std::int64_t seconds;  // 0: counted by the calendar
};

constexpr std::array kUnits = {
    Unit{"y", 12, 0},     Unit{"year", 12, 0},     Unit{"years", 12, 0},
    Unit{"mon", 1, 0},    Unit{"month", 1, 0},     Unit{"months", 1, 0},
    Unit{"w", 0, 604800}, Unit{"week", 0, 604800}, Unit{"weeks", 0, 604800},
    Unit{"d", 0, 86400},  Unit{"day", 0, 86400},   Unit{"days", 0, 86400},
    Unit{"h", 0, 3600},   Unit{"hour", 0, 3600},   Unit{"hours", 0, 3600},
    Unit{"min", 0, 60},   Unit{"minute", 0, 60},   Unit{"minutes", 0, 60},
    Unit{"s", 0, 1},      Unit{"sec", 0, 1},
};

// Far outside the range of parse_when() on either side, and far from overflow.
constexpr std::int64_t kFarSeconds = 400'000'000'000;
constexpr std::int64_t kFarMonths = 12 * 10'000;

[[noreturn]] void fail(std::string_view text, std::string_view why) {
  throw UserError(fmt::format("'{}' is not a point in time: {}", text, why),
                  "relative times are a sign, a number and a unit: +12y, -6mon, +2w, -3d, +5h, "
                  "+90min, +30s, or several of them: +1y6mon");
}

const Unit& find_unit(std::string_view text, std::string_view name) {
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& candidate) { return candidate.name == name; });
  if (unit != kUnits.end()) return *unit;
  if (name.empty()) fail(text, "the unit is missing");
  if (name == "m") fail(text, "'m' may be minutes or months: write min or mon");
  fail(text, fmt::format("'{}' is no unit", name));
}

/// By the calendar; the day is cut to the length of the month it lands in.
WallTime add_months(WallTime time, std::int64_t months) {
  if (months > kFarMonths) return {kFarSeconds, 0};
  if (months < -kFarMonths) return {-kFarSeconds, 0};
  const date::sys_seconds point{std::chrono::seconds{time.s}};
  const auto midnight = date::floor<date::days>(point);
  const auto moved = date::year_month_day{midnight} + date::months{static_cast<int>(months)};
  const date::sys_days day =
      moved.ok() ? date::sys_days{moved}
                 : date::sys_days{date::year_month_day{moved.year() / moved.month() / date::last}};
  return {std::chrono::seconds{day.time_since_epoch()}.count() + (point - midnight).count(),
          time.ns};
}

WallTime add_seconds(WallTime time, const Decimal& number, std::int64_t unit, bool minus) {
  const auto whole = static_cast<std::int64_t>(
      std::min<std::uint64_t>(number.whole, static_cast<std::uint64_t>(kFarSeconds)));
  const std::int64_t fraction_ns = number.nanos * unit;
  const std::int64_t s = whole * unit + fraction_ns / 1'000'000'000;
  const std::int64_t ns = fraction_ns % 1'000'000'000;
  std::int64_t total_ns = time.ns + (minus ? -ns : ns);
  std::int64_t total_s = time.s + (minus ? -s : s);
  if (total_ns < 0) {
    total_ns += 1'000'000'000;
    --total_s;
  } else if (total_ns >= 1'000'000'000) {
    total_ns -= 1'000'000'000;
    ++total_s;
  }
  return {std::clamp(total_s, -kFarSeconds, kFarSeconds), static_cast<std::int32_t>(total_ns)};
}

WallTime add(std::string_view text, WallTime time, const Decimal& number, const Unit& unit,
             bool minus) {
  if (unit.months == 0) return add_seconds(time, number, unit.seconds, minus);
  if (number.has_fraction) fail(text, "years and months are whole numbers");
  const auto count = static_cast<std::int64_t>(
      std::min<std::uint64_t>(number.whole, static_cast<std::uint64_t>(kFarMonths)));
  return add_months(time, (minus ? -count : count) * unit.months);
}

}  // namespace

WallTime parse_relative(std::string_view text, WallTime now) {
  std::string_view rest = text;
  bool minus = false;
  while (!rest.empty()) {
    if (take_char(rest, '-')) {
      minus = true;
    } else if (take_char(rest, '+')) {
      minus = false;
    }
    const auto number = take_decimal(rest);
    if (!number) fail(text, "a number is missing");
    now = add(text, now, *number, find_unit(text, take_word(rest)), minus);
    // The calendar cannot count from there; the caller names the range.
    if (now.s >= kFarSeconds || now.s <= -kFarSeconds) return now;
  }
  return now;
}

}  // namespace ttrace
