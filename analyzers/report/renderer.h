// One interface for every output format. A renderer turns a run into text; where that text goes is
// the caller's concern (tracer/cli/output.h).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/run_info.h"

namespace ttrace {

struct ReportOptions {
  bool color = false;
  int width = 80;      // columns, for text
  bool quiet = false;  // findings only
  bool verbose = false;
  std::size_t stack_depth = 32;        // frames that are shown of an event's stack
  Level fail_level = Level::kWarning;  // from where a finding is a failed test, for junit
};

/// One report in the making. Its text is what on_event() gave for each event, one after the other,
/// and then what render() gave.
class Renderer {
 public:
  virtual ~Renderer() = default;
  /// The text to be written as this event comes, in order of time; most formats tell of findings
  /// alone. What a renderer keeps of the events is bounded, however many there are.
  virtual std::string on_event(const Event& /*event*/, const ReportOptions& /*options*/) {
    return {};
  }
  /// The run has ended. Called once.
  virtual std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                             const ReportOptions& options) = 0;
};

struct FormatEntry {
  std::string_view name;                     // as in --format
  std::vector<std::string_view> extensions;  // ".json": inferred from --output; the longest wins
  std::unique_ptr<Renderer> (*make)();
};

/// All formats; adding one is a line here and a file beside it.
const std::vector<FormatEntry>& format_registry();

}  // namespace ttrace
