// Which function an address lies in, asked for every branch of a file and every pointer in its
// data: the starts, with an index by the address's upper bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ttrace::audit {

class FunctionStarts {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  FunctionStarts() = default;
  /// In any order, some twice; of too many, the lowest `most` are kept.
  FunctionStarts(std::vector<std::uint64_t> starts, std::size_t most);

  std::size_t size() const { return starts_.size(); }
  std::uint64_t operator[](std::size_t function) const { return starts_[function]; }
  /// The last function that starts there or before; kNone: the first one starts behind.
  std::size_t of(std::uint64_t address) const;
  /// The first address behind a function: where the next one starts, or the last address there is.
  std::uint64_t end(std::size_t function) const;

 private:
  std::vector<std::uint64_t> starts_;  // sorted
  std::vector<std::uint32_t> first_;   // by bucket: the first start in it or in a later one
  unsigned shift_ = 0;
};

}  // namespace ttrace::audit
