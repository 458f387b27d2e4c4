// The audit for a terminal: what breaks first, a file a paragraph, then the sums.
#include <fmt/format.h>

#include <algorithm>

#include "analyzers/audit/renderer.h"
#include "analyzers/report/text_format.h"

namespace ttrace::audit {
namespace {

const char* color_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBreaks:
      return "\x1b[1;31m";
    case Verdict::kMayBreak:
      return "\x1b[1;33m";
    case Verdict::kFine:
      return "\x1b[32m";
    case Verdict::kUnknown:
      break;
  }
  return "\x1b[2m";
}

class TextRenderer {
 public:
  TextRenderer(const Report& report, const ReportOptions& options)
      : report_(report), options_(options) {}

  std::string render() {
    for (const Verdict verdict :
         {Verdict::kBreaks, Verdict::kMayBreak, Verdict::kUnknown, Verdict::kFine}) {
      if (verdict == Verdict::kFine && !options_.verbose) continue;
      for (const File& file : report_.files) {
        if (file.verdict == verdict) add_file(file);
      }
    }
    if (!options_.quiet) add_summary();
    return std::move(text_);
  }

 private:
  void add_file(const File& file) {
    if (file.verdict != Verdict::kUnknown && !has_shown(file)) return;
    const std::string verdict = fmt::format("{:<9}", word(file.verdict));
    text_ += options_.color ? color_of(file.verdict) + verdict + "\x1b[0m" : verdict;
    text_ += fmt::format("  {}{}\n", printable(file.path), description(file));
    for (std::size_t i = 0; i < file.findings.size();) i = add_findings(file, i);
  }

  /// One finding, and the names of those after it that differ in nothing else. Returns where these
  /// end.
  std::size_t add_findings(const File& file, std::size_t first) {
    const Finding& finding = file.findings[first];
    std::string others;
    std::size_t next = first + 1;
    for (; next < file.findings.size() && is_alike(finding, file.findings[next]); ++next) {
      others += (others.empty() ? "" : ", ") + file.findings[next].symbol;
    }
    if (is_shown(finding)) add_finding(file, finding, others);
    return next;
  }

  static bool is_alike(const Finding& a, const Finding& b) {
    return a.id == b.id && a.level == b.level && a.library.empty() && b.library.empty() &&
           a.detail == b.detail && a.proof == b.proof && a.evidence == b.evidence &&
           a.in_baseline == b.in_baseline;
  }

  bool is_shown(const Finding& finding) const {
    return !finding.in_baseline && (options_.verbose || finding.level != Level::kNote);
  }

  bool has_shown(const File& file) const {
    return options_.verbose || std::any_of(file.findings.begin(), file.findings.end(),
                                           [this](const Finding& f) { return is_shown(f); });
  }

  std::string description(const File& file) const {
    std::string text;
    const auto add = [&text](std::string_view fact) {
      if (!fact.empty()) text += (text.empty() ? "" : ", ") + printable(fact);
    };
    add(report_.packages[file.package].name);
    add(file.machine);
    if (file.libc != Libc::kUnknown) add(word(file.libc));
    if (file.time_bits != TimeBits::kUnknown && file.bits == 32) {
      add(fmt::format("time_t {}", word(file.time_bits)));
    }
    add(file.why);
    return text.empty() ? text : "  (" + text + ")";
  }

  void add_finding(const File& file, const Finding& finding, const std::string& others) {
    const std::string proof =
        finding.proof == Proof::kNotRun ? "" : fmt::format(" [{}]", word(finding.proof));
    const std::string also = others.empty() ? "" : "; also " + others;
    const std::string text =
        fmt::format("{}: {}{}{}", finding.id, message_of(file, finding), also, proof);
    const auto width = static_cast<std::size_t>(std::max(options_.width, 40) - 11);
    for (const std::string& line : wrap(printable(text), width))
      text_ += "           " + line + "\n";
  }

  void add_summary() {
    const Totals& t = report_.totals;
    text_ += fmt::format(
        "ttrace: {} files looked at, {} judged ({} 32-bit and {} 64-bit ELF files, {} scripts)\n",
        t.seen, t.files, t.elf32, t.elf64, t.scripts);
    text_ += fmt::format("ttrace: {} break, {} may break, {} fine, {} could not be judged\n",
                         t.breaking, t.may_break, t.fine, t.unreadable);
    if (t.known > 0) text_ += fmt::format("ttrace: {} findings are in the baseline\n", t.known);
    if (report_.run.interrupted) text_ += "ttrace: interrupted: not all files were looked at\n";
  }

  const Report& report_;
  const ReportOptions& options_;
  std::string text_;
};

}  // namespace

std::string render_text(const Report& report, const ReportOptions& options) {
  return TextRenderer(report, options).render();
}

}  // namespace ttrace::audit
