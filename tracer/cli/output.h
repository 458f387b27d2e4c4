// All the places a run's reports go to: opened before the target starts, written at the end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/report/renderer.h"
#include "analyzers/run_info.h"
#include "tracer/cli/options.h"
#include "tracer/cli/report_file.h"

namespace ttrace {

/// How reports look, whatever their format.
struct Look {
  bool color = false;         // on a terminal
  bool color_always = false;  // in files too
  int verbosity = 0;          // -1 with -q, 1 with -v
};

class Outputs {
 public:
  /// Opens every place that `options` names. UserError when one cannot be written to: nothing is
  /// left behind then, and nothing has run.
  explicit Outputs(const RunOptions& options);
  /// The same for what is no report of a run: any format will do.
  Outputs(const std::vector<OutputSpec>& specs, const Look& look);

  /// Tells every report of an event, as it comes. Failures are told by write().
  void on_event(const Event& event);

  /// Renders and writes every report. One that fails does not keep the others from being written;
  /// the first failure is thrown (UserError) once all were tried. Call once.
  void write(const RunInfo& run, const std::vector<Finding>& findings);

  /// The same for what is no report of a run: `render` makes the text from a format's name.
  using Render = std::function<std::string(const std::string& format, const ReportOptions&)>;
  void write(const Render& render);

 private:
  struct Output {
    std::string format;
    std::optional<ReportFile> file;  // unset: standard error
    std::unique_ptr<Renderer> renderer;
  };
  using RenderOne = std::function<std::string(Output& output)>;
  void write_all_of(const RenderOne& render);
  void write_one(Output& output, const std::string& text);
  ReportOptions report_options(const Output& output) const;

  std::vector<Output> outputs_;
  Look look_;
  std::size_t stack_depth_ = 32;
  Level fail_level_ = Level::kWarning;
};

}  // namespace ttrace
