// The audit as SARIF 2.1.0: a result for each finding, at the file that is to be mended; where a
// library leads there, that is a related location.
#include "analyzers/audit/fingerprint.h"
#include "analyzers/audit/renderer.h"
#include "analyzers/report/sarif_parts.h"
#include "analyzers/report/text_format.h"

namespace ttrace::audit {
namespace {

std::string sentence(std::string text) { return text + "."; }

/// The symbol in its file (3.33).
Json logical_location(const Finding& finding) {
  return {{"name", printable(finding.symbol)}, {"kind", "function"}};
}

Json location_of(const File& file, const Finding& finding) {
  Json location = sarif::file_location(file.path.starts_with('/') ? file.path : "/" + file.path);
  if (!finding.symbol.empty()) {
    location["logicalLocations"] = Json::array({logical_location(finding)});
  }
  return location;
}

Json properties_of(const Report& report, const File& file, const Finding& finding) {
  Json json = {{"package", printable(report.packages[file.package].name)},
               {"architecture", printable(file.machine)},
               {"libc", word(file.libc)},
               {"timeBits", word(file.time_bits)},
               {"proof", word(finding.proof)}};
  if (!finding.evidence.empty()) json["evidence"] = printable(finding.evidence);
  return json;
}

Json result(const Report& report, const File& file, const Finding& finding) {
  std::string text = sentence(file.path + ": " + message_of(file, finding));
  if (const std::string hint = hint_of(file, finding); !hint.empty()) {
    text += " To mend it: " + sentence(hint);
  }
  Json json = {{"ruleId", finding.id},
               {"level", level_word(finding.level)},
               {"message", sarif::message(text)},
               {"locations", Json::array({location_of(file, finding)})},
               {"partialFingerprints", sarif::fingerprints(fingerprint(file, finding))},
               {"properties", properties_of(report, file, finding)}};
  if (!finding.library.empty()) {
    Json library = sarif::file_location(finding.library);
    library["message"] = sarif::message("the library through which it is reached");
    json["relatedLocations"] = Json::array({library});
  }
  return json;
}

/// Files that could not be judged do not make the audit a failure, but they are told (3.20.21).
Json invocation(const Report& report, std::size_t left_out) {
  Json notes = Json::array();
  if (left_out > 0) notes.push_back(sarif::left_out_note(left_out));
  for (const File& file : report.files) {
    if (file.kind != Kind::kUnreadable) continue;
    notes.push_back({{"level", "warning"},
                     {"message", sarif::message(sentence(file.path + ": " + file.why))},
                     {"locations", Json::array({sarif::file_location(file.path)})}});
  }
  return {{"executionSuccessful", !report.run.interrupted},
          {"startTimeUtc", report.run.started},
          {"toolExecutionNotifications", notes}};
}

/// Calls `take` with each finding that the baseline does not have.
template <typename Take>
void for_new(const Report& report, Take take) {
  for (const File& file : report.files) {
    for (const Finding& finding : file.findings) {
      if (!finding.in_baseline) take(file, finding);
    }
  }
}

}  // namespace

std::string render_sarif(const Report& report, const ReportOptions& /*options*/) {
  sarif::Quota quota;
  for_new(report, [&](const File&, const Finding& finding) { quota.count(finding.level); });
  sarif::Log log;
  for_new(report, [&](const File& file, const Finding& finding) {
    if (quota.has_room(finding.level)) log.add(result(report, file, finding));
  });
  const bool is_root = report.trees.size() == 1 && report.trees[0].kind == "root";
  return log.take(report.run.version,
                  {{"automationDetails", {{"id", "ttrace/audit/"}}},
                   {"invocations", Json::array({invocation(report, quota.left_out())})},
                   {"originalUriBaseIds", sarif::uri_bases(is_root ? report.trees[0].path : "")}});
}

}  // namespace ttrace::audit
