#include "tracer/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>

#include "tracer/base/result.h"
#include "tracer/cli/help.h"

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
    : color_(options.color), color_always_(options.color_always), verbosity_(options.verbosity) {
  for (const OutputSpec& spec : options.outputs) {
    (void)renderer_for(spec.format);  // it exists
    Output output{spec.format, std::nullopt};
    if (spec.path) output.file.emplace(*spec.path);
    outputs_.push_back(std::move(output));
  }
}

ReportOptions Outputs::report_options(const Output& output) const {
  ReportOptions options;
  options.color = color_ && (!output.file || color_always_ || output.file->is_terminal());
  options.quiet = verbosity_ < 0;
  options.verbose = verbosity_ > 0;
  return options;
}

void Outputs::write_one(Output& output, const Render& render) {
  const std::string text = render(output.format, report_options(output));
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
  write([&](const std::string& format, const ReportOptions& options) {
    return renderer_for(format)->render(stamped, findings, options);
  });
}

void Outputs::write(const Render& render) {
  std::exception_ptr first;
  for (Output& output : outputs_) {
    try {
      write_one(output, render);
    } catch (const UserError&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace ttrace
