// JUnit's XML, as build servers read it (there is no standard; Jenkins' reading is the common one).
// The run is a test that passes, and each finding is one that fails from --fail-on's level on, a
// warning if that is not given.
#include <fmt/format.h>
#include <tinyxml2.h>

#include <algorithm>

#include "analyzers/event_text.h"
#include "analyzers/finding_kinds.h"
#include "analyzers/report/builtin.h"
#include "analyzers/report/json_parts.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

class Suite {
 public:
  explicit Suite(const ReportOptions& options) : options_(options), out_(nullptr, false) {
    out_.PushHeader(false, true);
    out_.OpenElement("testsuites");
  }

  void run(const RunInfo& run, const std::vector<Finding>& findings) {
    const std::string command = fmt::format("{}", fmt::join(run.command, " "));
    open("testsuite", {{"name", "ttrace: " + command},
                       {"tests", std::to_string(findings.size() + 1)},
                       {"failures", std::to_string(failures(findings))},
                       {"errors", "0"},
                       {"skipped", "0"},
                       {"time", fmt::format("{:.3f}", seconds(run.duration))},
                       {"timestamp", run.started}});
    open("testcase", {{"classname", "ttrace.run"},
                      {"name", command},
                      {"time", fmt::format("{:.3f}", seconds(run.duration))}});
    if (!run.limits.empty()) text("system-out", joined(run.limits));
    out_.CloseElement();
    for (const Finding& finding : findings) test(run, finding);
    out_.CloseElement();
  }

  std::string take() {
    out_.CloseElement();
    return out_.CStr();
  }

 private:
  using Attributes = std::vector<std::pair<const char*, std::string>>;

  bool fails(const Finding& finding) const { return finding.level >= options_.fail_level; }

  std::ptrdiff_t failures(const std::vector<Finding>& findings) const {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding& finding) { return fails(finding); });
  }

  void open(const char* name, const Attributes& attributes) {
    out_.OpenElement(name);
    for (const auto& [key, value] : attributes) {
      out_.PushAttribute(key, printable(value).c_str());
    }
  }

  void text(const char* name, const std::string& lines) {
    out_.OpenElement(name);
    out_.PushText(lines.c_str());
    out_.CloseElement();
  }

  static std::string joined(const std::vector<std::string>& texts) {
    std::string lines;
    for (const std::string& text : texts) lines += printable(text) + "\n";
    return lines;
  }

  void test(const RunInfo& run, const Finding& finding) {
    open("testcase", {{"classname", "ttrace." + finding.id},
                      {"name", process_text(finding.process) + ": " + finding.message},
                      {"time", "0"}});
    ReportOptions quiet;
    quiet.quiet = true;
    const std::string report = make_text_renderer()->render(run, {finding}, quiet);
    if (fails(finding)) {
      open("failure", {{"type", level_name(finding.level)}, {"message", finding.message}});
      out_.PushText(report.c_str());
      out_.CloseElement();
    } else {
      text("system-out", report);
    }
    out_.CloseElement();
  }

  const ReportOptions& options_;
  tinyxml2::XMLPrinter out_;
};

class JunitRenderer : public Renderer {
 public:
  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& options) override {
    Suite suite(options);
    suite.run(run, findings);
    return suite.take();
  }
};

}  // namespace

std::unique_ptr<Renderer> make_junit_renderer() { return std::make_unique<JunitRenderer>(); }

}  // namespace ttrace
