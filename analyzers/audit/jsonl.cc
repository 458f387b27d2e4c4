// The audit as lines of JSON: each package, each file followed by its findings, what taints what,
// and last the audit itself with its totals. The objects are those of the json report, with a
// "type".
#include "analyzers/audit/json_parts.h"
#include "analyzers/audit/renderer.h"

namespace ttrace::audit {
namespace {

class JsonLines {
 public:
  void add(const char* type, const OrderedJson& value) {
    OrderedJson line = {{"type", type}};
    line.update(value);
    text_ += dump(line) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

OrderedJson audit_json(const Report& report) {
  OrderedJson json = {{"schema", "ttrace-audit/1"}, {"tool", tool_json(report)}};
  json.update(run_json(report.run));
  json["trees"] = trees_json(report);
  json["totals"] = totals_json(report.totals);
  return json;
}

}  // namespace

std::string render_jsonl(const Report& report, const ReportOptions& /*options*/) {
  JsonLines lines;
  for (std::size_t i = 1; i < report.packages.size(); ++i)
    lines.add("package", package_json(report.packages[i]));
  for (const File& file : report.files) {
    lines.add("file", file_json(report, file));
    for (const Finding& finding : file.findings)
      lines.add("finding", finding_json(report, file, finding));
  }
  for (const Taint& taint : report.taints) lines.add("taint", taint_json(report, taint));
  lines.add("run", audit_json(report));
  return lines.take();
}

}  // namespace ttrace::audit
