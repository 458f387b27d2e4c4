// One interface for every output format. A renderer turns a finished run into text; where that
// text goes is the caller's concern (tracer/cli/output.h).
#pragma once

#include <memory>
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
};

class Renderer {
 public:
  virtual ~Renderer() = default;
  virtual std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                             const ReportOptions& options) const = 0;
};

struct FormatEntry {
  std::string_view name;       // as in --format
  std::string_view extension;  // ".json": inferred from --output
  std::unique_ptr<Renderer> (*make)();
};

/// All formats; adding one is a line here and a file beside it.
const std::vector<FormatEntry>& format_registry();

}  // namespace ttrace
