#include "tracer/clock/duration.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>

#include "tracer/base/result.h"
#include "tracer/clock/scan.h"

namespace ttrace {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::array kUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", kSecond},
    Unit{"sec", kSecond},
    Unit{"m", 60 * kSecond},
    Unit{"min", 60 * kSecond},
    Unit{"h", 3600 * kSecond},
    Unit{"d", 86400 * kSecond},
};

constexpr const char* kHint = "write it as 500ms, 30s, 2min or 1h; a bare number is seconds";

[[noreturn]] void fail(std::string_view text, std::string_view why) {
  throw UserError(fmt::format("'{}' is not a duration: {}", text, why), kHint);
}

std::optional<std::int64_t> unit_ns(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.ns;
  }
  return std::nullopt;
}

/// `number` times `unit` on top of `sum`; nothing on overflow.
std::optional<std::int64_t> add(std::int64_t sum, const Decimal& number, std::int64_t unit) {
  std::int64_t whole = 0;
  if (__builtin_mul_overflow(number.whole, unit, &whole)) return std::nullopt;
  // In two steps, because nanos times a day in nanoseconds is past 64 bits.
  const std::int64_t fraction =
      unit >= kSecond ? number.nanos * (unit / kSecond) : number.nanos * unit / kSecond;
  if (__builtin_add_overflow(sum, whole, &sum)) return std::nullopt;
  if (__builtin_add_overflow(sum, fraction, &sum)) return std::nullopt;
  return sum;
}

}  // namespace

Duration parse_duration(std::string_view text) {
  if (text.empty()) fail(text, "it is empty");
  if (text.front() == '-') fail(text, "it is negative");
  std::string_view rest = text;
  std::int64_t sum = 0;
  bool first = true;
  while (!rest.empty()) {
    const auto number = take_decimal(rest);
    if (!number) fail(text, fmt::format("a number is missing before '{}'", rest));
    const auto name = take_word(rest);
    const bool bare = name.empty() && first && rest.empty();
    const auto unit = bare ? kSecond : unit_ns(name);
    if (!unit) {
      fail(text, name.empty() ? fmt::format("'{}' is no unit", rest)
                              : fmt::format("'{}' is no unit", name));
    }
    const auto total = add(sum, *number, *unit);
    if (!total) fail(text, "it is longer than 292 years");
    sum = *total;
    first = false;
  }
  return Duration{sum};
}

}  // namespace ttrace
