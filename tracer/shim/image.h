// The shim images embedded in this binary, parsed once: what to map, what to relocate, and where
// the entries are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tracer/abi/abi.h"

namespace ttrace {

class ShimImage {
 public:
  /// The image for `abi`, parsed at the first call.
  static const ShimImage& of(Abi abi);

  std::uint64_t text_size() const { return text_.size(); }  // a whole number of pages
  std::uint64_t data_offset() const { return text_.size(); }
  std::uint64_t data_size() const { return data_size_; }  // a whole number of pages
  /// The code as it must stand at `base`.
  std::vector<std::uint8_t> text_at(std::uint64_t base) const;
  /// Offset of a symbol from the base. The names are those of preload/shim; an unknown one is a
  /// broken build.
  std::uint64_t symbol(const std::string& name) const;

 private:
  ShimImage(const char* begin, const char* end);

  std::vector<std::uint8_t> text_;
  std::uint64_t data_size_ = 0;
  std::vector<std::uint64_t> relocations_;  // offsets of 32-bit words to which the base is added
  std::map<std::string, std::uint64_t> symbols_;
};

}  // namespace ttrace
