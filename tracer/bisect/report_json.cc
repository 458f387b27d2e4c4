#include "analyzers/time_text.h"
#include "tracer/bisect/bisection.h"
#include "tracer/bisect/known_instants.h"
#include "tracer/cli/help.h"
#include "tracer/explore/json_values.h"

namespace ttrace {
namespace {

const char* depth_name(Depth depth) {
  switch (depth) {
    case Depth::kOutput:
      return "output";
    case Depth::kWords:
      return "output-without-numbers";
    case Depth::kOutcome:
      break;
  }
  return "exit-and-findings";
}

Json observation_json(const Observation& observation) {
  Json json = end_json(observation.end);
  json["findings"] = observation.findings;
  return json;
}

Json known_json(std::int64_t at) {
  const KnownInstant* const known = known_instant(at);
  if (!known) return nullptr;
  return {{"name", known->what}, {"cause", known->cause}};
}

Json change_json(const Change& change) {
  return {{"at", utc_text(change.high)},
          {"epoch", change.high},
          {"last_before", utc_text(change.low)},
          {"exact", change.high - change.low == 1},
          {"confirmed", change.confirmed},
          {"known", known_json(change.high)},
          {"level", change.level == Level::kError ? "error" : "warning"},
          {"changed", change.what},
          {"before", observation_json(change.before)},
          {"after", observation_json(change.after)}};
}

}  // namespace

std::string bisect_json(const Bisection& b) {
  Json changes = Json::array();
  for (const Change& change : b.changes) changes.push_back(change_json(change));
  return document({{"schema", "ttrace-bisect/1"},
                   {"tool", {{"name", "ttrace"}, {"version", version()}}},
                   {"command", b.command},
                   {"root", or_null(b.root)},
                   {"from", utc_text(b.from)},
                   {"to", utc_text(b.to)},
                   {"runs", b.runs},
                   {"sampled", b.sampled},
                   {"steady", b.steady},
                   {"compared", depth_name(b.depth)},
                   {"first", observation_json(b.first)},
                   {"changes", changes},
                   {"notes", b.notes},
                   {"conclusion", conclusion(b)}});
}

}  // namespace ttrace
