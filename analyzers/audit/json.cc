// The audit as one JSON document, "ttrace-audit/1". It is written file by file: with a hundred
// thousand of them, one tree of values would take more room than the audit itself.
#include <nlohmann/json.hpp>

#include "analyzers/audit/renderer.h"

namespace ttrace::audit {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json run_json(const RunInfo& run) {
  return {{"started", run.started},
          {"duration_s", run.duration_s},
          {"shard", text_or_null(run.shard)},
          {"interrupted", run.interrupted},
          {"dynamic", run.dynamic}};
}

Json trees_json(const Report& report) {
  Json trees = Json::array();
  for (const Tree& tree : report.trees) trees.push_back({{"path", tree.path}, {"kind", tree.kind}});
  return trees;
}

Json totals_json(const Totals& totals) {
  return {{"files", totals.files},
          {"seen", totals.seen},
          {"elf32", totals.elf32},
          {"elf64", totals.elf64},
          {"scripts", totals.scripts},
          {"breaks", totals.breaking},
          {"may_break", totals.may_break},
          {"fine", totals.fine},
          {"unreadable", totals.unreadable},
          {"errors", totals.errors},
          {"warnings", totals.warnings},
          {"notes", totals.notes},
          {"known", totals.known}};
}

Json package_json(const Package& package) {
  return {{"name", package.name},
          {"version", text_or_null(package.version)},
          {"architecture", text_or_null(package.architecture)},
          {"manager", package.manager},
          {"verdict", word(package.verdict)},
          {"files", package.files},
          {"breaks", package.breaking},
          {"may_break", package.may_break},
          {"unreadable", package.unreadable}};
}

Json file_json(const Report& report, const File& file) {
  const Package& package = report.packages[file.package];
  return {{"path", file.path},
          {"tree", report.trees[file.tree].path},
          {"package", text_or_null(package.name)},
          {"kind", word(file.kind)},
          {"arch", text_or_null(file.machine)},
          {"bits", file.bits == 0 ? Json(nullptr) : Json(file.bits)},
          {"endian", file.bits == 0 ? Json(nullptr) : Json(file.big_endian ? "big" : "little")},
          {"libc", word(file.libc)},
          {"time_bits", word(file.time_bits)},
          {"language", text_or_null(file.language)},
          {"interpreter", text_or_null(file.interpreter)},
          {"verdict", word(file.verdict)},
          {"why", text_or_null(file.why)},
          {"findings", file.findings.size()}};
}

Json finding_json(const Report& report, const File& file, const Finding& finding) {
  return {{"id", finding.id},
          {"level", level_word(finding.level)},
          {"message", message_of(file, finding)},
          {"file", file.path},
          {"package", text_or_null(report.packages[file.package].name)},
          {"symbol", text_or_null(finding.symbol)},
          {"library", text_or_null(finding.library)},
          {"entry", text_or_null(finding.entry)},
          {"proof", word(finding.proof)},
          {"evidence", text_or_null(finding.evidence)},
          {"known", finding.in_baseline},
          {"hint", text_or_null(hint_of(file, finding))}};
}

Json taint_json(const Report& report, const Taint& taint) {
  return {{"program", report.files[taint.program].path},
          {"library", taint.library},
          {"entry", text_or_null(taint.entry)},
          {"symbol", taint.symbol},
          {"level", level_word(taint.level)}};
}

/// The elements of one array of the document, a line each.
class Lines {
 public:
  explicit Lines(std::string& text) : text_(text) {}
  void add(const Json& json) {
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
  text += dump({{"name", "ttrace"}, {"version", report.run.version}});
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
