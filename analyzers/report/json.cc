// The report as one JSON document, schema "ttrace-report/1": docs/schema/ttrace-report-1.json.
#include "analyzers/report/builtin.h"
#include "analyzers/report/json_parts.h"

namespace ttrace {
namespace {

class JsonRenderer : public Renderer {
 public:
  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& /*options*/) override {
    Json list = Json::array();
    for (const Finding& finding : findings) list.push_back(finding_json(finding));
    const Json report = {{"schema", "ttrace-report/1"},
                         {"tool", {{"name", "ttrace"}, {"version", run.version}}},
                         {"run", run_json(run)},
                         {"findings", list}};
    return to_text(report, 2) + "\n";
  }
};

}  // namespace

std::unique_ptr<Renderer> make_json_renderer() { return std::make_unique<JsonRenderer>(); }

}  // namespace ttrace
