// The audit's results in their database: the first pass writes a file's facts as soon as it has
// them, later passes and the report read them. Safe with several processes on one file; of one
// process only one thread may use a Store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracer/audit/file_facts.h"
#include "tracer/audit/store/schema.h"

namespace ttrace::audit {

class Store {
 public:
  /// `path`: of --db; empty: a temporary one. UserError if it cannot be opened or is no audit's.
  explicit Store(const std::string& path);

  /// The row of a tree, made or found. `root`: where its libraries are looked up.
  std::int64_t add_tree(const Tree& tree, const std::string& root);
  /// How many files a pass over one share ("1/1": all) of a tree met, and whether it came to its
  /// end.
  void set_share(std::int64_t tree, const std::string& shard, std::uint64_t seen, bool complete);
  std::int64_t add_package(std::int64_t tree, const Package& package);
  /// Their rows, in the same order.
  std::vector<std::int64_t> add_packages(std::int64_t tree, const std::vector<Package>& packages);

  /// Which files of the tree are there, and in which state.
  std::unordered_map<std::string, Stamp> stamps(std::int64_t tree);

  /// Writes facts, replacing those of the same path, in one transaction. `asked`: the user named
  /// the file or a directory above it; else it is there for the libraries that a program needs.
  struct Row {
    FileFacts facts;
    std::int64_t tree = 0;
    std::int64_t package = 0;  // 0: none
    bool asked = true;
  };
  void write(const std::vector<Row>& rows);
  /// Takes out what is gone from the disk.
  void remove(std::int64_t tree, const std::vector<std::string>& paths);

  /// Replaces the findings of a later pass ("link", "run").
  struct LateFinding {
    std::int64_t file;
    Finding finding;
  };
  void replace_findings(const std::string& pass, const std::vector<LateFinding>& findings);

  /// Everything that a run proved of one finding's symbol in one file.
  void set_proof(std::int64_t file, std::string_view symbol, Proof proof,
                 std::string_view evidence);

  /// Takes in what another audit's database has: of files that both have, the other's state.
  /// UserError if `path` is none.
  void merge(const std::string& path);

  void set_meta(const std::string& key, const std::string& value);
  std::string meta(const std::string& key);

  Database& database() { return database_; }

 private:
  static std::int64_t write_file(Statement& insert, const Row& row);
  static void write_finding(Statement& insert, std::int64_t file, const std::string& pass,
                            const Finding& finding);

  Database database_;
};

/// Calls `take` with each line of a text column (`needed`, `imports`, `exports`).
template <typename Take>
void for_lines(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// The lines themselves.
std::vector<std::string> lines_of(std::string_view text);

/// Reads everything for the renderers, with verdicts and totals; run info is the caller's.
Report load_report(Store& store);

}  // namespace ttrace::audit
