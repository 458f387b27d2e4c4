// The small scanners that WHEN and DURATION share. Each takes what it recognises off the front of
// `text` and leaves `text` alone otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ttrace {

/// A number as written: no sign, digits past the ninth decimal place are dropped.
struct Decimal {
  std::uint64_t whole = 0;  // stops at kDecimalLimit
  std::uint32_t nanos = 0;  // the fraction in units of 10^-9
  bool has_fraction = false;
};

/// Numbers this large or larger are out of range everywhere.
constexpr std::uint64_t kDecimalLimit = 1'000'000'000'000'000'000;

/// `12`, `1.5`, `.5`; a comma is a point too (ISO 8601).
std::optional<Decimal> take_decimal(std::string_view& text);

/// Exactly `count` digits.
std::optional<int> take_digits(std::string_view& text, std::size_t count);

bool take_char(std::string_view& text, char wanted);

/// The ASCII letters at the front, maybe none.
std::string_view take_word(std::string_view& text);

}  // namespace ttrace
