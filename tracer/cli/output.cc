#include "tracer/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>

#include "tracer/base/result.h"
#include "tracer/cli/help.h"
#include "tracer/cli/output_choice.h"

namespace ttrace {
namespace {

std::unique_ptr<Renderer> renderer_for(const std::string& format) {
  for (const FormatEntry& entry : format_registry()) {
    if (entry.name == format) return entry.make();
  }
  throw UserError(fmt::format("there is no report format '{}'", format),
                  "`ttrace --help` lists the formats");
}

}  // namespace

Outputs::Outputs(const RunOptions& options)
    : Outputs(options.outputs, {options.color, options.color_always, options.verbosity}) {
  stack_depth_ = options.stack_depth;
  fail_level_ = options.fail_on.value_or(Level::kWarning);
  for (Output& output : outputs_) output.renderer = renderer_for(output.format);
}

Outputs::Outputs(const std::vector<OutputSpec>& specs, const Look& look) : look_(look) {
  for (const OutputSpec& spec : specs) {
    if (spec.format == kRecordingFormat) continue;
    Output output{spec.format, std::nullopt, nullptr};
    if (spec.path) output.file.emplace(*spec.path);
    outputs_.push_back(std::move(output));
  }
}

ReportOptions Outputs::report_options(const Output& output) const {
  ReportOptions options;
  options.color = look_.color && (!output.file || look_.color_always || output.file->is_terminal());
  options.quiet = look_.verbosity < 0;
  options.verbose = look_.verbosity > 0;
  options.stack_depth = stack_depth_;
  options.fail_level = fail_level_;
  return options;
}

void Outputs::on_event(const Event& event) {
  for (Output& output : outputs_) {
    const std::string text = output.renderer->on_event(event, report_options(output));
    if (text.empty()) continue;
    if (output.file) {
      output.file->append(text);
    } else {
      (void)write_all(STDERR_FILENO, text);  // the report's end will fail, too
    }
  }
}

void Outputs::write_one(Output& output, const std::string& text) {
  if (output.file) {
    output.file->finish(text);
  } else if (const int code = write_all(STDERR_FILENO, text); code != 0) {
    throw UserError(
        fmt::format("cannot write the report to standard error: {}", strerrordesc_np(code)),
        "name a file for it with -o");
  }
}

void Outputs::write(const RunInfo& run, const std::vector<Finding>& findings) {
  RunInfo stamped = run;
  stamped.version = version();
  write_all_of([&](Output& output) {
    return output.renderer->render(stamped, findings, report_options(output));
  });
}

void Outputs::write(const Render& render) {
  write_all_of([&](Output& output) { return render(output.format, report_options(output)); });
}

void Outputs::write_all_of(const RenderOne& render) {
  std::exception_ptr first;
  for (Output& output : outputs_) {
    try {
      write_one(output, render(output));
    } catch (const UserError&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace ttrace
