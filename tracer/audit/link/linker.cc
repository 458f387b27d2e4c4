#include "tracer/audit/link/linker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tracer/audit/link/library_set.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kMaxClosure = 4096;

/// A library that a file uses, and by which of its functions.
struct Use {
  const LinkFile* library;
  std::vector<std::string_view> entries;  // imported from it; empty: linked to only
};

class Linker {
 public:
  Linker(Store& store, const std::atomic<bool>& stop)
      : store_(store), stop_(stop), libraries_(store) {}

  void run() {
    std::vector<LinkFile> batch;
    std::int64_t last = 0;
    while (!stop_ && !(batch = next_batch(last)).empty()) {
      last = batch.back().id;
      for (LinkFile& file : batch) link(file);
    }
    link_scripts();
    store_.replace_findings("link", findings_);
  }

 private:
  // In batches, because looking libraries up may add rows.
  std::vector<LinkFile> next_batch(std::int64_t after) {
    Statement select(store_.database(), std::string(LibrarySet::kSelectUser) +
                                            "WHERE id > ? AND kind IN ('program', 'library') AND "
                                            "asked ORDER BY id LIMIT 200");
    select << after;
    std::vector<LinkFile> batch;
    while (select.step()) batch.push_back(LibrarySet::read(select, libraries_.trees()));
    return batch;
  }

  void link(const LinkFile& file) {
    std::set<std::string> missing;
    const std::vector<const LinkFile*> scope = scope_of(file, missing);
    for (const std::string& name : missing)
      add(file.id, "audit.missing-library", Level::kNote, name);
    for (const Use& use : uses_of(file, scope)) judge(file, use);
  }

  /// The file's libraries and theirs, breadth first: the order in which names are looked up.
  std::vector<const LinkFile*> scope_of(const LinkFile& file, std::set<std::string>& missing) {
    std::vector<const LinkFile*> scope;
    std::set<const LinkFile*> seen;
    const auto add_needed = [&](const LinkFile& of, bool own) {
      for (const std::string& name : of.needed) {
        const LinkFile* library = libraries_.resolve(of, name);
        if (library == nullptr && own) missing.insert(name);
        if (library != nullptr && library->id != file.id && seen.insert(library).second)
          scope.push_back(library);
      }
    };
    add_needed(file, true);
    for (std::size_t i = 0; i < scope.size() && scope.size() < kMaxClosure; ++i)
      add_needed(*scope[i], false);
    return scope;
  }

  static std::vector<Use> uses_of(const LinkFile& file, const std::vector<const LinkFile*>& scope) {
    std::vector<Use> uses;
    for (const LinkFile* library : scope) uses.push_back({library, {}});
    for (const std::string& name : file.imports) {
      const std::uint64_t hash = name_hash(name);
      const auto user = std::find_if(uses.begin(), uses.end(),
                                     [&](const Use& use) { return use.library->defines(hash); });
      if (user != uses.end()) user->entries.emplace_back(name);
    }
    return uses;
  }

  void judge(const LinkFile& file, const Use& use) {
    if (file.time_bits == TimeBits::k64) judge_pair(file, use);
    const LinkFile& library = *use.library;
    if (library.bad.empty()) return;
    std::vector<std::string_view> leading;
    for (const std::string_view entry : use.entries) {
      if (library.leads.contains(entry)) leading.push_back(entry);
    }
    bool leads = false;
    for (const Finding& bad : library.bad) leads = judge_call(file, library, leading, bad) || leads;
    if (leads) return;
    const Finding& worst =
        *std::max_element(library.bad.begin(), library.bad.end(),
                          [](const Finding& a, const Finding& b) { return a.level < b.level; });
    const bool maybe = !use.entries.empty() && !library.leads_known;
    Finding finding;
    finding.id = maybe ? "audit.through-library" : "audit.linked";
    finding.level = maybe ? Level::kWarning : Level::kNote;
    finding.symbol = worst.symbol;
    finding.library = library.path;
    if (maybe) finding.entry = use.entries.front();
    if (library.bad.size() > 1)
      finding.detail = fmt::format("and {} calls more", library.bad.size() - 1);
    findings_.push_back({file.id, std::move(finding)});
  }

  /// Whether one of the functions that the file imports leads to that call. One that makes the call
  /// itself and heeds its failure is as good as the call; of others, whether they go there is up to
  /// what they are handed.
  bool judge_call(const LinkFile& file, const LinkFile& library,
                  const std::vector<std::string_view>& entries, const Finding& bad) {
    std::string_view by;
    bool fails = false;
    for (const std::string_view entry : entries) {
      const auto [first, last] = library.leads.equal_range(entry);
      for (auto lead = first; lead != last && !fails; ++lead) {
        if (lead->second.call != bad.symbol) continue;
        fails = lead->second.fails_with && bad.level == Level::kError;
        if (by.empty() || fails) by = entry;
      }
    }
    if (by.empty()) return false;
    Finding finding;
    finding.id = fails ? "audit.fails-in-library" : "audit.through-library";
    finding.level = fails ? Level::kError : Level::kWarning;
    finding.symbol = bad.symbol;
    finding.library = library.path;
    finding.entry = by;
    findings_.push_back({file.id, std::move(finding)});
    return true;
  }

  /// A program with a 64-bit time_t that hands one to a library with a 32-bit one, or gets one
  /// back.
  void judge_pair(const LinkFile& file, const Use& use) {
    if (use.library->time_bits != TimeBits::k32) return;
    for (const std::string_view entry : use.entries) {
      if (!std::binary_search(use.library->time_abi.begin(), use.library->time_abi.end(), entry))
        continue;
      Finding finding;
      finding.id = "audit.mixed";
      finding.level = Level::kError;
      finding.symbol = entry;
      finding.library = use.library->path;
      findings_.push_back({file.id, std::move(finding)});
    }
  }

  /// A script breaks where its interpreter does.
  void link_scripts() {
    Statement scripts(store_.database(),
                      "SELECT s.id, s.tree, s.interpreter FROM file s WHERE "
                      "s.kind = 'script' AND s.asked");
    Statement worst(store_.database(),
                    "SELECT x.level, x.symbol, f.path FROM file f JOIN finding "
                    "x ON x.file = f.id WHERE "
                    "f.tree = ? AND f.path = ? AND x.pass = 'static' AND "
                    "x.level = 'error' LIMIT 1");
    while (scripts.step()) {
      const std::size_t place = libraries_.trees().at(scripts.number(1));
      const std::string path = interpreter_path(place, std::string(scripts.text(2)));
      if (path.empty()) continue;
      worst.reset();
      worst << scripts.number(1) << path;
      if (!worst.step()) continue;
      Finding finding;
      finding.id = "audit.interpreter";
      finding.level = Level::kWarning;
      finding.symbol = worst.text(1);
      finding.detail = path;
      findings_.push_back({scripts.number(0), std::move(finding)});
    }
  }

  /// In the tree of the script; empty: not there.
  std::string interpreter_path(std::size_t place, const std::string& name) {
    auto& known = interpreters_[{place, name}];
    if (known) return *known;
    std::vector<std::string> tries = {name};
    if (name.find('/') == std::string::npos)
      tries = {"/usr/bin/" + name, "/bin/" + name, "/usr/local/bin/" + name};
    known = "";
    for (const std::string& path : tries) {
      const auto real = libraries_.search(place).real_path(path);
      if (!real) continue;
      known = libraries_.places()[place].in_tree(*real);
      break;
    }
    return *known;
  }

  void add(std::int64_t file, const char* id, Level level, const std::string& symbol) {
    Finding finding;
    finding.id = id;
    finding.level = level;
    finding.symbol = symbol;
    findings_.push_back({file, std::move(finding)});
  }

  Store& store_;
  const std::atomic<bool>& stop_;
  LibrarySet libraries_;
  std::vector<Store::LateFinding> findings_;
  std::map<std::pair<std::size_t, std::string>, std::optional<std::string>> interpreters_;
};

}  // namespace

void link_files(Store& store, const std::atomic<bool>& stop) { Linker(store, stop).run(); }

}  // namespace ttrace::audit
