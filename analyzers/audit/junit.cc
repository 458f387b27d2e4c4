// An audit for build servers: each file is a test, which fails if one of its findings is of
// --fail-on's level or above (a warning if that is not given), or if it could not be judged.
#include <fmt/format.h>

#include <algorithm>

#include "analyzers/audit/renderer.h"
#include "analyzers/report/junit_parts.h"

namespace ttrace::audit {
namespace {

bool is_new(const Finding& finding) { return !finding.in_baseline; }

bool fails(const File& file, Level level) {
  return file.kind == Kind::kUnreadable ||
         std::any_of(file.findings.begin(), file.findings.end(), [&](const Finding& finding) {
           return is_new(finding) && finding.level >= level;
         });
}

std::string details_of(const File& file) {
  std::string text = file.why.empty() ? "" : file.why + "\n";
  for (const Finding& finding : file.findings) {
    if (!is_new(finding)) continue;
    text += fmt::format("{} {}: {}\n", level_word(finding.level), finding.id,
                        message_of(file, finding));
    if (const std::string hint = hint_of(file, finding); !hint.empty()) text += "  " + hint + "\n";
  }
  return text;
}

std::string group_of(const Report& report, const File& file) {
  const std::string& package = report.packages[file.package].name;
  return "ttrace.audit." + (package.empty() ? std::string("no-package") : package);
}

}  // namespace

std::string render_junit(const Report& report, const ReportOptions& options) {
  const auto failing = std::count_if(report.files.begin(), report.files.end(),
                                     [&](const File& f) { return fails(f, options.fail_level); });
  JunitSuite suite({"ttrace audit", report.files.size(), static_cast<std::size_t>(failing),
                    report.run.duration_s, report.run.started});
  for (const File& file : report.files) {
    const std::string details = details_of(file);
    if (fails(file, options.fail_level)) {
      suite.fail(group_of(report, file), file.path, std::string(word(file.verdict)),
                 fmt::format("{}: {}", file.path, word(file.verdict)), details);
    } else {
      suite.pass(group_of(report, file), file.path, details);
    }
  }
  return suite.take();
}

}  // namespace ttrace::audit
