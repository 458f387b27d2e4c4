// The report as one JSON document, schema "ttrace-report/1": docs/schema/ttrace-report-1.json.
#include "analyzers/report/builtin.h"
#include "analyzers/report/json_parts.h"

namespace ttrace {
namespace {

std::string indented(const std::string& text, std::size_t depth) {
  std::string out(depth, ' ');
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(depth, ' ');
  }
  return out;
}

class JsonRenderer : public Renderer {
 public:
  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& /*options*/) override {
    const Json head = {{"schema", "ttrace-report/1"},
                       {"tool", {{"name", "ttrace"}, {"version", run.version}}},
                       {"run", run_json(run)}};
    // Finding by finding: a document of them all would take several times the memory of its text.
    std::string text = to_text(head, 2);
    text.resize(text.size() - 2);  // "\n}"
    text += ",\n  \"findings\": [";
    const char* separator = "\n";
    for (const Finding& finding : findings) {
      text += separator + indented(to_text(finding_json(finding), 2), 4);
      separator = ",\n";
    }
    return text + (findings.empty() ? "]\n}\n" : "\n  ]\n}\n");
  }
};

}  // namespace

std::unique_ptr<Renderer> make_json_renderer() { return std::make_unique<JsonRenderer>(); }

}  // namespace ttrace
