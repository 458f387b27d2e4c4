// A line of JSON for each event as it comes, then one for each finding, then one for the run; their
// "type" is "event", "finding" or "run". A reader can follow the run, and needs to hold one line.
#include "analyzers/report/builtin.h"
#include "analyzers/report/event_json.h"

namespace ttrace {
namespace {

std::string line(const Json& json) { return to_text(json) + "\n"; }

class JsonlRenderer : public Renderer {
 public:
  std::string on_event(const Event& event, const ReportOptions& options) override {
    return line(event_json(event, options.stack_depth));
  }

  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& /*options*/) override {
    std::string text;
    for (const Finding& finding : findings) {
      Json json = {{"type", "finding"}};
      json.update(finding_json(finding));
      text += line(json);
    }
    Json json = {{"type", "run"},
                 {"schema", "ttrace-report/1"},
                 {"tool", {{"name", "ttrace"}, {"version", run.version}}}};
    json.update(run_json(run));
    return text + line(json);
  }
};

}  // namespace

std::unique_ptr<Renderer> make_jsonl_renderer() { return std::make_unique<JsonlRenderer>(); }

}  // namespace ttrace
