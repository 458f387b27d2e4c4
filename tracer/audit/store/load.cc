// From the database to the report: rows to values, and what follows from them alone.
#include <algorithm>
#include <map>

#include "tracer/audit/store/store.h"

namespace ttrace::audit {
namespace {

class Loader {
 public:
  explicit Loader(Store& store) : database_(store.database()) {}

  Report load() {
    load_trees();
    load_packages();
    load_files();
    load_findings();
    load_proofs();
    for (std::size_t i = 0; i < report_.files.size(); ++i) conclude(i);
    return std::move(report_);
  }

 private:
  void load_trees() {
    Statement select(database_,
                     "SELECT id, path, kind, (SELECT coalesce(sum(seen), 0) "
                     "FROM share WHERE tree = id) FROM tree ORDER BY id");
    while (select.step()) {
      trees_[select.number(0)] = static_cast<std::uint32_t>(report_.trees.size());
      report_.trees.push_back({std::string(select.text(1)), std::string(select.text(2))});
      report_.totals.seen += static_cast<std::uint64_t>(select.number(3));
    }
  }

  /// A directory's packages are those of the system around it: the ones without a file in it are
  /// left out.
  void load_packages() {
    report_.packages.emplace_back();
    Statement select(database_,
                     "SELECT p.id, p.name, p.version, p.architecture, p.manager FROM package p "
                     "JOIN tree t ON t.id = p.tree WHERE t.kind IN ('root', 'archive') OR "
                     "p.id IN (SELECT package FROM file) ORDER BY p.name");
    while (select.step()) {
      packages_[select.number(0)] = static_cast<std::uint32_t>(report_.packages.size());
      Package package;
      package.name = select.text(1);
      package.version = select.text(2);
      package.architecture = select.text(3);
      package.manager = select.text(4);
      report_.packages.push_back(std::move(package));
    }
  }

  void load_files() {
    Statement select(database_,
                     "SELECT id, path, tree, package, kind, libc, "
                     "time_bits, bits, big_endian, "
                     "machine, interpreter, language, why FROM file "
                     "WHERE asked ORDER BY tree, path");
    while (select.step()) {
      File file;
      file.id = select.number(0);
      file.path = select.text(1);
      file.tree = trees_[select.number(2)];
      file.package = packages_[select.number(3)];
      file.kind = kind_of(select.text(4));
      file.libc = libc_of(select.text(5));
      file.time_bits = time_bits_of(select.text(6));
      file.bits = static_cast<std::uint8_t>(select.number(7));
      file.big_endian = select.number(8) != 0;
      file.machine = select.text(9);
      file.interpreter = select.text(10);
      file.language = select.text(11);
      file.why = select.text(12);
      files_[file.id] = report_.files.size();
      report_.files.push_back(std::move(file));
    }
  }

  void load_findings() {
    Statement select(database_,
                     "SELECT file, id, level, symbol, library, "
                     "entry, detail FROM finding ORDER BY "
                     "file, rowid");
    while (select.step()) {
      const auto file = files_.find(select.number(0));
      if (file == files_.end()) continue;
      Finding finding;
      finding.id = select.text(1);
      finding.level = level_of(select.text(2));
      finding.symbol = select.text(3);
      finding.library = select.text(4);
      finding.entry = select.text(5);
      finding.detail = select.text(6);
      report_.files[file->second].findings.push_back(std::move(finding));
    }
  }

  void load_proofs() {
    Statement select(database_, "SELECT file, symbol, proof, evidence FROM proof");
    while (select.step()) {
      const auto file = files_.find(select.number(0));
      if (file == files_.end()) continue;
      for (Finding& finding : report_.files[file->second].findings) {
        if (finding.symbol != select.text(1)) continue;
        finding.proof = proof_of(select.text(2));
        finding.evidence = select.text(3);
      }
    }
  }

  void conclude(std::size_t index) {
    File& file = report_.files[index];
    std::stable_sort(file.findings.begin(), file.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.level > b.level; });
    file.verdict = verdict_of(file);
    count_file(file);
    count_in_package(file, report_.packages[file.package]);
    for (const Finding& finding : file.findings) {
      if (finding.library.empty()) continue;
      report_.taints.push_back(
          {index, finding.library, finding.entry, finding.symbol, finding.level});
    }
  }

  void count_file(const File& file) {
    Totals& totals = report_.totals;
    ++totals.files;
    if (file.bits == 32) ++totals.elf32;
    if (file.bits == 64) ++totals.elf64;
    if (file.kind == Kind::kScript) ++totals.scripts;
    ++by_verdict(file.verdict);
    for (const Finding& finding : file.findings) {
      ++(finding.level == Level::kError     ? totals.errors
         : finding.level == Level::kWarning ? totals.warnings
                                            : totals.notes);
    }
  }

  std::uint64_t& by_verdict(Verdict verdict) {
    Totals& totals = report_.totals;
    switch (verdict) {
      case Verdict::kBreaks:
        return totals.breaking;
      case Verdict::kMayBreak:
        return totals.may_break;
      case Verdict::kUnknown:
        return totals.unreadable;
      case Verdict::kFine:
        break;
    }
    return totals.fine;
  }

  static void count_in_package(const File& file, Package& package) {
    ++package.files;
    package.breaking += file.verdict == Verdict::kBreaks;
    package.may_break += file.verdict == Verdict::kMayBreak;
    package.unreadable += file.verdict == Verdict::kUnknown;
    package.verdict = package.breaking > 0     ? Verdict::kBreaks
                      : package.may_break > 0  ? Verdict::kMayBreak
                      : package.unreadable > 0 ? Verdict::kUnknown
                                               : Verdict::kFine;
  }

  Database& database_;
  Report report_;
  std::map<std::int64_t, std::uint32_t> trees_, packages_;
  std::unordered_map<std::int64_t, std::size_t> files_;
};

}  // namespace

Report load_report(Store& store) { return Loader(store).load(); }

}  // namespace ttrace::audit
