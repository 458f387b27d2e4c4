#include "analyzers/audit/json_parts.h"

namespace ttrace::audit {
namespace {

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

}  // namespace

std::string dump(const OrderedJson& json) {
  return json.dump(-1, ' ', true, OrderedJson::error_handler_t::replace);
}

OrderedJson tool_json(const Report& report) {
  return {{"name", "ttrace"}, {"version", report.run.version}};
}

OrderedJson run_json(const RunInfo& run) {
  return {{"started", run.started},
          {"duration_s", run.duration_s},
          {"shard", text_or_null(run.shard)},
          {"interrupted", run.interrupted},
          {"dynamic", run.dynamic}};
}

OrderedJson trees_json(const Report& report) {
  OrderedJson trees = OrderedJson::array();
  for (const Tree& tree : report.trees) trees.push_back({{"path", tree.path}, {"kind", tree.kind}});
  return trees;
}

OrderedJson totals_json(const Totals& totals) {
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

OrderedJson package_json(const Package& package) {
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

OrderedJson file_json(const Report& report, const File& file) {
  const Package& package = report.packages[file.package];
  return {{"path", file.path},
          {"tree", report.trees[file.tree].path},
          {"package", text_or_null(package.name)},
          {"kind", word(file.kind)},
          {"arch", text_or_null(file.machine)},
          {"bits", file.bits == 0 ? OrderedJson(nullptr) : OrderedJson(file.bits)},
          {"endian",
           file.bits == 0 ? OrderedJson(nullptr) : OrderedJson(file.big_endian ? "big" : "little")},
          {"libc", word(file.libc)},
          {"time_bits", word(file.time_bits)},
          {"language", text_or_null(file.language)},
          {"interpreter", text_or_null(file.interpreter)},
          {"verdict", word(file.verdict)},
          {"why", text_or_null(file.why)},
          {"findings", file.findings.size()}};
}

OrderedJson finding_json(const Report& report, const File& file, const Finding& finding) {
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

OrderedJson taint_json(const Report& report, const Taint& taint) {
  return {{"program", report.files[taint.program].path},
          {"library", taint.library},
          {"entry", text_or_null(taint.entry)},
          {"symbol", taint.symbol},
          {"level", level_word(taint.level)}};
}

}  // namespace ttrace::audit
