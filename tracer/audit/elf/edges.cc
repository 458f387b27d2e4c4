#include "tracer/audit/elf/edges.h"

namespace ttrace::audit {

Neighbours::Neighbours(const std::vector<Edge>& edges, std::size_t functions, bool reversed)
    : first_(functions + 1), others_(edges.size()) {
  const auto key = [reversed](const Edge& edge) { return reversed ? edge.to : edge.from; };
  for (const Edge& edge : edges) ++first_[key(edge)];
  std::uint32_t sum = 0;
  for (std::uint32_t& first : first_) first = sum += first;
  // From behind, each where the one before it ended: first_ counts down to where each begins.
  for (auto edge = edges.rbegin(); edge != edges.rend(); ++edge)
    others_[--first_[key(*edge)]] = reversed ? edge->from : edge->to;
}

}  // namespace ttrace::audit
