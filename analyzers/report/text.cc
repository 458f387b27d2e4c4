// The report for reading: for each finding what failed, who met it, what it said about it, what the
// kernel had answered, the way there, and what to do next; then the run in a line.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analyzers/event_text.h"
#include "analyzers/finding_kinds.h"
#include "analyzers/report/builtin.h"
#include "analyzers/report/stack_text.h"
#include "analyzers/report/summary.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kLabelWidth = 9;
constexpr const char* kLast32BitTime = "2038-01-19T03:14:07Z";

const char* color_of(Level level) {
  switch (level) {
    case Level::kError:
      return "\x1b[1;31m";
    case Level::kWarning:
      return "\x1b[1;33m";
    case Level::kNote:
      break;
  }
  return "\x1b[1;36m";
}

std::string seconds_text(std::chrono::nanoseconds time) {
  return fmt::format("{:.3g} s", std::chrono::duration<double>(time).count());
}

/// The text behind `head` in lines that begin where its first does.
std::vector<std::string> wrap_hanging(const std::string& head, std::string_view text,
                                      std::size_t width) {
  std::vector<std::string> out;
  const std::size_t used = columns(head);
  for (const auto& line : wrap(text, width > used ? width - used : 1)) {
    out.push_back((out.empty() ? head : std::string(used, ' ')) + line);
  }
  return out;
}

std::size_t width_of(const ReportOptions& options) {
  return static_cast<std::size_t>(std::max(options.width, 40));
}

/// "   0.012 s  sudo[12]  connect to …", as it happens.
std::string event_lines(const Event& event, const ReportOptions& options) {
  const std::string head =
      fmt::format("{:8.3f} s  {}  ", std::chrono::duration<double>(event.at).count(),
                  printable(process_text(event.process)));
  std::string text;
  for (const auto& line : wrap_hanging(head, printable(event_text(event)), width_of(options))) {
    text += line + "\n";
  }
  return text;
}

class TextReport {
 public:
  explicit TextReport(const ReportOptions& options)
      : options_(options), width_(width_of(options)) {}

  void finding(const Finding& finding) {
    if (!out_.empty()) out_ += '\n';
    heading(finding);
    for (const auto& line : wrap(printable(finding.message), width_ - kIndent)) {
      out_ += "  " + colored("\x1b[1m", line) + "\n";
    }
    const ProcessRef& process = finding.process;
    labelled("where:", fmt::format("{} {} {}", process_text(process), process.abi, process.exe));
    std::string_view label = "it said:";
    for (const std::string& said : finding.said) labelled(std::exchange(label, ""), said);
    if (finding.syscall) labelled("kernel:", syscall_text(*finding.syscall));
    lines("stack:", stack_lines(finding.stack, options_.verbose));
    if (finding.crash) crash(*finding.crash);
    if (!finding.hint.empty()) labelled("next:", finding.hint);
  }

  void run(const RunInfo& run, const std::vector<Finding>& findings) {
    if (!out_.empty()) out_ += '\n';
    if (options_.verbose) {
      for (const auto& [pid, how] : run.time_served) {
        paragraph(fmt::format("ttrace: process {}: time by {}", pid, how));
      }
    }
    for (const std::string& limit : run.limits) paragraph("ttrace: note: " + limit);
    if (findings.empty() && run.processes_32bit == 0 && run.clock &&
        run.clock->start > kLast32BitTime) {
      paragraph(
          "ttrace: note: the clock was set past 2038-01-19T03:14:07Z, but no 32-bit process took "
          "part, so nothing here could overflow. To try 32-bit programs, run them inside an i386 "
          "root: ttrace --root DIR ...; ./samples/quickstart.sh makes one.");
    }
    paragraph("ttrace: " + summary(run, findings));
  }

  std::string take() { return std::move(out_); }

 private:
  std::string colored(const char* color, const std::string& text) const {
    return options_.color ? color + text + "\x1b[0m" : text;
  }

  void heading(const Finding& finding) {
    out_ += colored(color_of(finding.level),
                    fmt::format("{}: {}", level_name(finding.level), printable(finding.id)));
    out_ += finding.count == 1 ? "  at " : fmt::format("  {} times, first at ", finding.count);
    out_ += seconds_text(finding.first_at) + "\n";
  }

  void lines(std::string_view label, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      out_ += std::string(kIndent, ' ') + padded(label, kLabelWidth) + text + "\n";
      label = "";
    }
  }

  void crash(const CrashFacts& facts) {
    for (const ThreadStack& thread : facts.threads) {
      labelled("thread:", thread.comm.empty() ? std::to_string(thread.tid)
                                              : fmt::format("{} {}", thread.tid, thread.comm));
      lines("", stack_lines(thread.stack, options_.verbose));
    }
    std::string_view label = "story:";
    for (const StoryStep& step : facts.steps) {
      const double at = std::chrono::duration<double>(step.at).count();
      lines(std::exchange(label, ""),
            wrap_hanging(fmt::format("{:.3f} s  ", at), printable(step.text),
                         width_ - kIndent - kLabelWidth));
    }
  }

  void labelled(std::string_view label, std::string_view text) {
    lines(label, wrap(printable(text), width_ - kIndent - kLabelWidth));
  }

  void paragraph(std::string_view text) {
    for (const std::string& line : wrap(printable(text), width_)) out_ += line + "\n";
  }

  const ReportOptions& options_;
  std::size_t width_;
  std::string out_;
};

class TextRenderer : public Renderer {
 public:
  std::string on_event(const Event& event, const ReportOptions& options) override {
    return options.verbose ? event_lines(event, options) : "";
  }

  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& options) override {
    TextReport report(options);
    for (const Finding& finding : findings) report.finding(finding);
    if (!options.quiet) report.run(run, findings);
    return report.take();
  }
};

}  // namespace

std::unique_ptr<Renderer> make_text_renderer() { return std::make_unique<TextRenderer>(); }

}  // namespace ttrace
