// An analyzer: const Event in, Finding out. To add one: one file with the class and its factory,
// and one line in registry.cc (with the factory declared in builtin.h).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "analyzers/finding.h"

namespace ttrace {

class Analyzer {
 public:
  virtual ~Analyzer() = default;
  /// Called for each event in order of time. Findings go to `out`, which outlives the analyzer.
  virtual void on_event(const Event& event, FindingList& out) = 0;
  /// Called once after the last event, for what shows only by its absence.
  virtual void on_end(FindingList& /*out*/) {}
};

struct AnalyzerEntry {
  std::string_view name;     // as in --analyze
  std::string_view summary;  // one line for --analyze help
  std::unique_ptr<Analyzer> (*make)();
};

/// All analyzers, in the order in which they run.
const std::vector<AnalyzerEntry>& analyzer_registry();

}  // namespace ttrace
