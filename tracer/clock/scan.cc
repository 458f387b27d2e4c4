#include "tracer/clock/scan.h"

#include <algorithm>

namespace ttrace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view take_run(std::string_view& text, bool (*wanted)(char)) {
  const auto end = std::find_if_not(text.begin(), text.end(), wanted);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const auto run = text.substr(0, length);
  text.remove_prefix(length);
  return run;
}

std::uint64_t whole_number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value >= kDecimalLimit) return kDecimalLimit;
  }
  return value;
}

std::uint32_t billionths(std::string_view digits) {
  std::uint32_t value = 0;
  for (std::size_t place = 0; place < 9; ++place) {
    value =
        value * 10 + (place < digits.size() ? static_cast<std::uint32_t>(digits[place] - '0') : 0);
  }
  return value;
}

}  // namespace

std::optional<Decimal> take_decimal(std::string_view& text) {
  std::string_view rest = text;
  Decimal number;
  const auto whole = take_run(rest, is_digit);
  number.whole = whole_number(whole);
  const bool point = rest.size() > 1 && (rest[0] == '.' || rest[0] == ',') && is_digit(rest[1]);
  if (point) {
    rest.remove_prefix(1);
    number.nanos = billionths(take_run(rest, is_digit));
    number.has_fraction = true;
  } else if (whole.empty()) {
    return std::nullopt;
  }
  text = rest;
  return number;
}

std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::all_of(text.begin(), text.begin() + count, is_digit)) {
    return std::nullopt;
  }
  const auto value = static_cast<int>(whole_number(text.substr(0, count)));
  text.remove_prefix(count);
  return value;
}

bool take_char(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::string_view take_word(std::string_view& text) { return take_run(text, is_letter); }

}  // namespace ttrace
