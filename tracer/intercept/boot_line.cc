#include "tracer/intercept/boot_line.h"

#include <string_view>

namespace ttrace {
namespace {
constexpr std::string_view kKey = "btime ";
}

void BootLine::rewrite(std::string& piece, std::uint64_t offset, std::int64_t seconds) {
  if (offset == 0) *this = {};
  if (offset != offset_) return;
  // Before 2001-09-09 and from 2286 on the number is of another length: it stays readable.
  constexpr std::size_t kLength = 10;
  std::string digits = seconds < 0 ? "0" : std::to_string(seconds);
  if (digits.size() > kLength) return;
  digits.insert(0, kLength - digits.size(), '0');
  for (char& c : piece) pass(c, digits);
  offset_ += piece.size();
}

void BootLine::pass(char& c, const std::string& digits) {
  if (c == '\n') {
    column_ = 0;
    candidate_ = true;
    return;
  }
  const std::size_t at = column_++;
  if (at < kKey.size()) {
    candidate_ = candidate_ && c == kKey[at];
  } else if (candidate_ && at - kKey.size() < digits.size() && c >= '0' && c <= '9') {
    c = digits[at - kKey.size()];
  }
}

}  // namespace ttrace
