// SARIF 2.1.0 (OASIS), for code-scanning views: a rule for each kind of finding, a result for each
// finding at the place to be mended, with its stacks, the story of a crash as a code flow, and a
// fingerprint by which a viewer knows it again in the next run.
#include <fmt/format.h>

#include "analyzers/event_text.h"
#include "analyzers/fingerprint.h"
#include "analyzers/place.h"
#include "analyzers/report/builtin.h"
#include "analyzers/report/sarif_parts.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

// Messages end in a full stop (3.11.2); those of findings have none.
std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string result_text(const Finding& finding) {
  std::string text = sentence(finding.message);
  if (!finding.hint.empty()) text += " To mend it: " + sentence(finding.hint);
  return text;
}

/// Viewers show results with a place only, so there is one even where no stack is known.
Json place_of(const Finding& finding) {
  if (const Frame* const frame = place_to_mend(finding.stack)) {
    return sarif::frame_location(*frame);
  }
  const std::string& exe = finding.process.exe;
  return sarif::file_location(exe.empty() ? "/" + finding.process.comm : exe);
}

Json stacks_of(const Finding& finding) {
  Json stacks = Json::array();
  if (!finding.stack.empty()) {
    stacks.push_back(sarif::stack(process_text(finding.process), finding.stack));
  }
  if (!finding.crash) return stacks;
  for (const ThreadStack& thread : finding.crash->threads) {
    stacks.push_back(
        sarif::stack(fmt::format("thread {} {}", thread.tid, thread.comm), thread.stack));
  }
  return stacks;
}

/// The story of a crash (3.36).
Json code_flow(const CrashFacts& crash) {
  Json locations = Json::array();
  for (const StoryStep& step : crash.steps) {
    locations.push_back(
        {{"location", {{"message", sarif::message(fmt::format("[{}] {}", step.pid, step.text))}}},
         {"kinds", Json::array({printable(step.kind)})},
         {"properties", {{"atSeconds", seconds(step.at)}}}});
  }
  return {{"message", sarif::message("What happened until the process was gone")},
          {"threadFlows", Json::array({{{"locations", locations}}})}};
}

Json properties_of(const Finding& finding) {
  Json json = {{"process", process_json(finding.process)},
               {"firstAtSeconds", seconds(finding.first_at)}};
  if (finding.syscall) json["syscall"] = syscall_text(*finding.syscall);
  if (finding.api) json["api"] = api_json(*finding.api);
  if (finding.value) json["value"] = *finding.value;
  if (!finding.said.empty()) json["said"] = finding.said;
  return json;
}

Json result(const Finding& finding) {
  Json json = {{"ruleId", printable(finding.id)},
               {"level", sarif::level(finding.level)},
               {"message", sarif::message(result_text(finding))},
               {"locations", Json::array({place_of(finding)})},
               {"partialFingerprints", sarif::fingerprints(fingerprint(finding))},
               {"occurrenceCount", finding.count}};
  if (Json stacks = stacks_of(finding); !stacks.empty()) json["stacks"] = stacks;
  if (finding.crash && !finding.crash->steps.empty()) {
    json["codeFlows"] = Json::array({code_flow(*finding.crash)});
  }
  json["properties"] = properties_of(finding);
  return json;
}

/// The run of ttrace itself (3.20): what it could not do is a notification each.
Json invocation(const RunInfo& run, std::size_t left_out) {
  Json notes = Json::array();
  if (left_out > 0) notes.push_back(sarif::left_out_note(left_out));
  for (const std::string& limit : run.limits) {
    notes.push_back({{"level", "note"}, {"message", sarif::message(sentence(limit))}});
  }
  Json json = {{"executionSuccessful", true}, {"toolExecutionNotifications", notes}};
  if (!run.started.empty()) json["startTimeUtc"] = run.started;
  return json;
}

class SarifRenderer : public Renderer {
 public:
  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& /*options*/) override {
    sarif::Quota quota;
    for (const Finding& finding : findings) quota.count(finding.level);
    sarif::Log log;
    for (const Finding& finding : findings) {
      if (quota.has_room(finding.level)) log.add(result(finding));
    }
    const std::string command = run.command.empty() ? "" : base_name(run.command.front());
    return log.take(run.version,
                    {{"automationDetails", {{"id", printable("ttrace/" + command + "/")}}},
                     {"invocations", Json::array({invocation(run, quota.left_out())})},
                     {"originalUriBaseIds", sarif::uri_bases(run.root.value_or(""))},
                     {"properties", {{"run", run_json(run)}}}});
  }
};

}  // namespace

std::unique_ptr<Renderer> make_sarif_renderer() { return std::make_unique<SarifRenderer>(); }

}  // namespace ttrace
