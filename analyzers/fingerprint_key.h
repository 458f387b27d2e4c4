// The text that a fingerprint is the hash of.
#pragma once

#include <string>
#include <string_view>

namespace ttrace {

class FingerprintKey {
 public:
  /// Each part with its length before it, so that no two lists of parts read the same.
  void add(std::string_view part);
  /// 32 hex digits.
  std::string hash() const;

 private:
  std::string text_;
};

}  // namespace ttrace
