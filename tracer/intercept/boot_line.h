// The line of /proc/stat that says when the machine was booted, in text that comes in pieces.
#pragma once

#include <cstdint>
#include <string>

namespace ttrace {

class BootLine {
 public:
  /// Puts `seconds` into `piece` where the number of the line "btime NUMBER" stands, digit by
  /// digit, as far as it is as long. Pieces follow each other: one at another `offset` than where
  /// the last one ended is left as it is, unless the file begins there.
  void rewrite(std::string& piece, std::uint64_t offset, std::int64_t seconds);

 private:
  void pass(char& c, const std::string& digits);

  std::uint64_t offset_ = 0;  // in the file, after the last piece
  std::size_t column_ = 0;    // in the line
  bool candidate_ = true;     // the line began as ours does
};

}  // namespace ttrace
