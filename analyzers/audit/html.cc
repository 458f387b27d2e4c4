// The audit as a page (analyzers/report/html_page.h): the findings by file and symbol, the
// packages, and which library taints which program.
#include <fmt/format.h>

#include "analyzers/audit/renderer.h"
#include "analyzers/report/html_page.h"
#include "analyzers/report/text_format.h"

namespace ttrace::audit {
namespace {

std::string name_of(const Package& package) {
  return package.version.empty() ? package.name : package.name + " " + package.version;
}

HtmlRow row_of(const Report& report, const File& file, const Finding& finding) {
  HtmlRow row;
  row.id = finding.id;
  row.level = finding.level;
  row.message = message_of(file, finding);
  row.who = file.path;
  row.file = finding.library.empty() ? file.path : finding.library;
  row.symbol = finding.symbol;
  row.group = report.packages[file.package].name;
  row.hint = hint_of(file, finding);
  const auto add = [&row](const char* label, std::string_view text) {
    if (!text.empty()) row.facts.emplace_back(label, text);
  };
  add("File", file.path);
  add("Package", name_of(report.packages[file.package]));
  add("Kind", word(file.kind));
  add("Machine", file.machine);
  add("C library", word(file.libc));
  add("time_t", file.time_bits == TimeBits::kUnknown ? "" : word(file.time_bits));
  add("Language", file.language);
  add("Library", finding.library);
  add("By its function", finding.entry);
  if (finding.proof != Proof::kNotRun) add("Run past 2038", word(finding.proof));
  add("Seen", finding.evidence);
  return row;
}

/// A file that could not be judged is told like a finding.
HtmlRow unreadable_row(const Report& report, const File& file) {
  HtmlRow row;
  row.id = "audit.unreadable";
  row.level = Level::kWarning;
  row.message = "cannot be judged: " + file.why;
  row.who = row.file = file.path;
  row.group = report.packages[file.package].name;
  return row;
}

Json packages_json(const Report& report) {
  Json rows = Json::array();
  for (const Package& package : report.packages) {
    if (package.files == 0) continue;
    rows.push_back(Json::array({printable(package.name.empty() ? "(no package)" : package.name),
                                printable(package.version), printable(package.architecture),
                                word(package.verdict), package.files, package.breaking,
                                package.may_break, package.unreadable}));
  }
  return {
      {"id", "packages"},
      {"title", "Packages"},
      {"columns",
       {"Package", "Version", "Machine", "Verdict", "Files", "Break", "May break", "Not judged"}},
      {"rows", rows}};
}

/// [symbol, library, program, level], each once.
Json taints_json(const Report& report, HtmlPage& page) {
  Json rows = Json::array();
  for (const Taint& taint : report.taints) {
    rows.push_back(
        Json::array({page.number(taint.symbol), page.number(taint.library),
                     page.number(report.files[taint.program].path), html_level(taint.level)}));
  }
  return rows;
}

std::string verdict_of(const Totals& totals) {
  return fmt::format("{} files break in 2038, {} may break, {} are fine, {} could not be judged.",
                     totals.breaking, totals.may_break, totals.fine, totals.unreadable);
}

Json facts_of(const Report& report) {
  const Totals& totals = report.totals;
  Json facts = Json::array();
  const auto add = [&facts](const char* label, const std::string& text) {
    if (!text.empty()) facts.push_back({label, printable(text)});
  };
  add("Started", report.run.started);
  add("Took", fmt::format("{:.3g} s", report.run.duration_s));
  add("Judged", fmt::format("{} files of {}", totals.files, totals.seen));
  add("ELF files", fmt::format("{} of 32 bits, {} of 64", totals.elf32, totals.elf64));
  add("Scripts", std::to_string(totals.scripts));
  add("Shard", report.run.shard);
  if (totals.known > 0) add("Left out", fmt::format("{} known from the baseline", totals.known));
  return facts;
}

std::string title_of(const Report& report) {
  std::string title;
  for (const Tree& tree : report.trees) title += (title.empty() ? "" : " ") + tree.path;
  return printable(title);
}

}  // namespace

std::string render_html(const Report& report, const ReportOptions& /*options*/) {
  HtmlPage page;
  for (const File& file : report.files) {
    if (file.kind == Kind::kUnreadable) page.add(unreadable_row(report, file));
    for (const Finding& finding : file.findings) {
      if (!finding.in_baseline) page.add(row_of(report, file, finding));
    }
  }
  Json limits = Json::array();
  if (report.run.interrupted) limits.push_back("It was interrupted: not all files were looked at.");
  Json head = {{"kind", "audit"},
               {"title", title_of(report)},
               {"subject", "audit for 2038"},
               {"version", report.run.version},
               {"verdict", verdict_of(report.totals)},
               {"facts", facts_of(report)},
               {"limits", limits},
               {"labels", {{"who", "File"}, {"file", "Called in"}, {"files", "Files"}}},
               {"tables", Json::array({packages_json(report)})}};
  if (!report.taints.empty()) head["taints"] = taints_json(report, page);
  return page.take(head);
}

}  // namespace ttrace::audit
