// The analyzers of a run, fed with each event as it comes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzers/analyzer.h"

namespace ttrace {

class Analysis {
 public:
  explicit Analysis(const std::vector<std::string>& names) {
    for (const AnalyzerEntry& entry : analyzer_registry()) {
      for (const std::string& name : names) {
        if (name == entry.name) analyzers_.push_back(entry.make());
      }
    }
  }
  void on_event(const Event& event) {
    for (const auto& analyzer : analyzers_) analyzer->on_event(event, findings_);
  }
  /// The findings, with at most `stack_depth` frames each: the analyzers were shown more, since
  /// they tell call paths apart and name the place to mend by them.
  std::vector<Finding> finish(std::size_t stack_depth) {
    for (const auto& analyzer : analyzers_) analyzer->on_end(findings_);
    std::vector<Finding> findings = findings_.all();
    for (Finding& finding : findings) {
      if (finding.stack.size() > stack_depth) finding.stack.resize(stack_depth);
    }
    return findings;
  }

 private:
  std::vector<std::unique_ptr<Analyzer>> analyzers_;
  FindingList findings_;
};

}  // namespace ttrace
