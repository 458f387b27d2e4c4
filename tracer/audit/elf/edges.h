// The calls between a file's functions, by the one or by the other end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ttrace::audit {

struct Edge {
  std::uint32_t from, to;
};

/// For each function those that it has an edge to, some perhaps twice.
class Neighbours {
 public:
  Neighbours() = default;
  /// Of `functions`; `reversed`: those that have an edge to it.
  Neighbours(const std::vector<Edge>& edges, std::size_t functions, bool reversed);

  std::span<const std::uint32_t> operator[](std::size_t function) const {
    return std::span(others_).subspan(first_[function], first_[function + 1] - first_[function]);
  }

 private:
  std::vector<std::uint32_t> first_;  // of each function, in others_; and the end
  std::vector<std::uint32_t> others_;
};

}  // namespace ttrace::audit
