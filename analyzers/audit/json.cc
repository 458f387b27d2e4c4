// The audit as one JSON document, "ttrace-audit/1". It is written file by file: with a hundred
// thousand of them, one tree of values would take more room than the audit itself.
#include "analyzers/audit/json_parts.h"
#include "analyzers/audit/renderer.h"

namespace ttrace::audit {
namespace {

/// The elements of one array of the document, a line each.
class Lines {
 public:
  explicit Lines(std::string& text) : text_(text) {}
  void add(const OrderedJson& json) {
    text_ += first_ ? "\n    " : ",\n    ";
    text_ += dump(json);
    first_ = false;
  }

 private:
  std::string& text_;
  bool first_ = true;
};

void add_findings(std::string& text, const Report& report) {
  Lines lines(text);
  for (const File& file : report.files) {
    for (const Finding& finding : file.findings) lines.add(finding_json(report, file, finding));
  }
}

}  // namespace

std::string render_json(const Report& report, const ReportOptions& /*options*/) {
  std::string text = "{ \"schema\": \"ttrace-audit/1\",\n  \"tool\": ";
  text += dump(tool_json(report));
  text += ",\n  \"run\": " + dump(run_json(report.run));
  text += ",\n  \"trees\": " + dump(trees_json(report));
  text += ",\n  \"totals\": " + dump(totals_json(report.totals));
  text += ",\n  \"packages\": [";
  Lines packages(text);
  for (std::size_t i = 1; i < report.packages.size(); ++i)
    packages.add(package_json(report.packages[i]));
  text += "],\n  \"files\": [";
  Lines files(text);
  for (const File& file : report.files) files.add(file_json(report, file));
  text += "],\n  \"findings\": [";
  add_findings(text, report);
  text += "],\n  \"taints\": [";
  Lines taints(text);
  for (const Taint& taint : report.taints) taints.add(taint_json(report, taint));
  return text + "] }\n";
}

}  // namespace ttrace::audit
