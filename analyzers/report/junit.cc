// A run for build servers: the run is a test that passes, and each finding is one that fails from
// --fail-on's level on, a warning if that is not given.
#include <fmt/format.h>

#include <algorithm>

#include "analyzers/event_text.h"
#include "analyzers/finding_kinds.h"
#include "analyzers/report/builtin.h"
#include "analyzers/report/json_parts.h"
#include "analyzers/report/junit_parts.h"

namespace ttrace {
namespace {

std::string lines_of(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, "\n"));
}

void add_test(JunitSuite& suite, const RunInfo& run, const Finding& finding, bool fails) {
  ReportOptions quiet;
  quiet.quiet = true;
  const std::string report = make_text_renderer()->render(run, {finding}, quiet);
  const std::string kind = "ttrace." + finding.id;
  const std::string name = process_text(finding.process) + ": " + finding.message;
  if (fails) {
    suite.fail(kind, name, level_name(finding.level), finding.message, report);
  } else {
    suite.pass(kind, name, report);
  }
}

class JunitRenderer : public Renderer {
 public:
  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& options) override {
    const auto fails = [&](const Finding& f) { return f.level >= options.fail_level; };
    const std::string command = fmt::format("{}", fmt::join(run.command, " "));
    JunitSuite suite(
        {"ttrace: " + command, findings.size() + 1,
         static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), fails)),
         seconds(run.duration), run.started});
    suite.pass("ttrace.run", command, lines_of(run.limits), seconds(run.duration));
    for (const Finding& finding : findings) add_test(suite, run, finding, fails(finding));
    return suite.take();
  }
};

}  // namespace

std::unique_ptr<Renderer> make_junit_renderer() { return std::make_unique<JunitRenderer>(); }

}  // namespace ttrace
