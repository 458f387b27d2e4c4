#include "tracer/audit/run/job.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ttrace::audit {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> kOutcomes = {"same",   "breaks",   "goes on", "prints",
                                                       "drifts", "unsteady", "not run"};

RunOutcome outcome_of(const std::string& word) {
  const auto found = std::find(kOutcomes.begin(), kOutcomes.end(), word);
  if (found == kOutcomes.end()) throw std::invalid_argument(word);
  return static_cast<RunOutcome>(found - kOutcomes.begin());
}

Json seen_json(const SeenFinding& seen) {
  return Json::array({seen.id, seen.level, seen.symbol, seen.program, seen.module, seen.message});
}

SeenFinding seen_of(const Json& json) {
  return {json.at(0), json.at(1), json.at(2), json.at(3), json.at(4), json.at(5)};
}

}  // namespace

std::string_view word(RunOutcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

std::string to_json(const JobResult& result) {
  Json seen = Json::array();
  for (const SeenFinding& finding : result.seen) seen.push_back(seen_json(finding));
  const Json json = {{"outcome", word(result.outcome)},
                     {"now", result.now},
                     {"later", result.later},
                     {"changes", result.changes},
                     {"executed", result.executed},
                     {"called", result.called},
                     {"seen", seen}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

JobResult job_result_from_json(const std::string& text) {
  const Json json = Json::parse(text);
  JobResult result;
  result.outcome = outcome_of(json.at("outcome"));
  result.now = json.at("now");
  result.later = json.at("later");
  result.changes = json.at("changes");
  result.executed = json.at("executed");
  result.called = json.at("called");
  for (const Json& seen : json.at("seen")) result.seen.push_back(seen_of(seen));
  return result;
}

}  // namespace ttrace::audit
