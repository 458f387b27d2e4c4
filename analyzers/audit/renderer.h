// The output formats of an audit. To add one: a file beside this one with a function that renders,
// its declaration and a line in formats.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzers/audit/report.h"
#include "analyzers/report/renderer.h"

namespace ttrace::audit {

struct Format {
  std::string_view name;                     // as in --format
  std::vector<std::string_view> extensions;  // ".json": inferred from --output
  std::string (*render)(const Report& report, const ReportOptions& options);
};
const std::vector<Format>& formats();

std::string render_text(const Report& report, const ReportOptions& options);
std::string render_json(const Report& report, const ReportOptions& options);
std::string render_jsonl(const Report& report, const ReportOptions& options);
std::string render_html(const Report& report, const ReportOptions& options);
std::string render_sarif(const Report& report, const ReportOptions& options);
std::string render_junit(const Report& report, const ReportOptions& options);

}  // namespace ttrace::audit
