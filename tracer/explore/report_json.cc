#include <string.h>

#include "tracer/cli/help.h"
#include "tracer/explore/json_values.h"
#include "tracer/explore/report.h"

namespace ttrace {
namespace {

Json errno_json(const std::optional<int>& error) {
  if (!error || *error == 0) return nullptr;
  const char* const name = strerrorname_np(*error);
  return name ? Json(name) : Json(*error);
}

Json destination_json(const Destination& destination) {
  const ProcessRef& process = destination.process;
  return {{"family", destination.to.family},
          {"address", destination.to.address},
          {"port", or_null(destination.to.port)},
          {"service", text_or_null(destination.to.service)},
          {"host", text_or_null(destination.to.host)},
          {"process", {{"comm", process.comm}, {"exe", process.exe}, {"abi", process.abi}}},
          {"connects", destination.times},
          {"connected", destination.end == 0},
          {"errno", errno_json(destination.end)}};
}

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHangs:
      return "hang";
    case Outcome::kFails:
      return "fail";
    case Outcome::kGoesOn:
      return "go-on";
    case Outcome::kNotMet:
      break;
  }
  return "not-met";
}

Json trial_json(const Trial& trial) {
  Json json = {{"destination", destination_json(trial.destination)},
               {"fault", trial.fault},
               {"rule", trial.rule},
               {"outcome", outcome_name(trial.outcome)},
               {"cost_s", seconds(trial.cost)},
               {"hint", text_or_null(trial.hint)},
               {"note", text_or_null(trial.note)}};
  json.update(end_json(trial.end));
  return json;
}

}  // namespace

std::string explore_json(const Exploration& e) {
  Json trials = Json::array();
  for (const Trial& trial : e.trials) trials.push_back(trial_json(trial));
  const Json report = {
      {"schema", "ttrace-explore/1"}, {"tool", {{"name", "ttrace"}, {"version", version()}}},
      {"command", e.command},         {"root", or_null(e.root)},
      {"first", end_json(e.first)},   {"trials", trials},
      {"left_out", e.left_out},       {"not_tried", e.not_tried},
      {"conclusion", conclusion(e)}};
  return document(report);
}

}  // namespace ttrace
