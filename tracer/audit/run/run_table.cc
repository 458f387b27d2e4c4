#include "tracer/audit/run/run_table.h"

#include <fmt/ranges.h>

namespace ttrace::audit {
namespace {

constexpr const char* kTables = R"(
CREATE TABLE IF NOT EXISTS run(
  id INTEGER PRIMARY KEY,
  tree INTEGER NOT NULL REFERENCES tree ON DELETE CASCADE,
  command TEXT NOT NULL,
  program TEXT NOT NULL,
  stamp TEXT NOT NULL,
  outcome TEXT NOT NULL,
  now TEXT NOT NULL,
  later TEXT NOT NULL,
  changes TEXT NOT NULL,
  executed TEXT NOT NULL,
  called TEXT NOT NULL,
  UNIQUE(tree, command));
CREATE TABLE IF NOT EXISTS seen(
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  id TEXT NOT NULL,
  level TEXT NOT NULL,
  symbol TEXT NOT NULL,
  program TEXT NOT NULL,
  module TEXT NOT NULL,
  message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS seen_run ON seen(run);
)";

// Ids differ from database to database: a run is found again by its tree's path and its command.
constexpr const char* kMerge = R"(
INSERT OR REPLACE INTO run(tree, command, program, stamp, outcome, now, later, changes, executed, called)
  SELECT t.id, r.command, r.program, r.stamp, r.outcome, r.now, r.later, r.changes, r.executed, r.called
  FROM other.run r JOIN other.tree o ON o.id = r.tree JOIN main.tree t ON t.path = o.path;
INSERT INTO seen(run, id, level, symbol, program, module, message)
  SELECT m.id, s.id, s.level, s.symbol, s.program, s.module, s.message
  FROM other.seen s JOIN other.run r ON r.id = s.run JOIN other.tree o ON o.id = r.tree
  JOIN main.tree t ON t.path = o.path JOIN main.run m ON m.tree = t.id AND m.command = r.command;
)";

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

/// The other database was made without --run where it has no such table.
bool has_runs(const Database& database) {
  Statement select(database, "SELECT count(*) FROM other.sqlite_schema WHERE name = 'run'");
  return select.step() && select.number(0) > 0;
}

std::int64_t write_run(Store& store, const Job& job, const JobResult& result) {
  Statement insert(store.database(),
                   "INSERT INTO run(tree, command, program, stamp, outcome, now, later, changes, "
                   "executed, called) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
  insert << job.tree << job.command << job.program << job.stamp << word(result.outcome)
         << result.now << result.later << joined(result.changes) << joined(result.executed)
         << joined(result.called);
  insert.step();
  return insert.number(0);
}

void write_seen(Store& store, std::int64_t run, const SeenFinding& seen) {
  Statement insert(store.database(),
                   "INSERT INTO seen(run, id, level, symbol, program, module, message) "
                   "VALUES(?, ?, ?, ?, ?, ?, ?)");
  (insert << run << seen.id << seen.level << seen.symbol << seen.program << seen.module
          << seen.message)
      .run();
}

}  // namespace

void prepare_runs(Store& store) { store.database().run(kTables); }

void merge_runs(Store& store, const std::string& path) {
  prepare_runs(store);
  Database& database = store.database();
  Statement attach(database, "ATTACH DATABASE ? AS other");
  (attach << path).run();
  if (has_runs(database)) {
    Transaction transaction(database);
    database.run(kMerge);
    transaction.commit();
  }
  database.run("DETACH DATABASE other");
}

std::set<std::pair<std::string, std::string>> commands_run(Store& store, std::int64_t tree) {
  std::set<std::pair<std::string, std::string>> commands;
  Statement select(store.database(), "SELECT command, stamp FROM run WHERE tree = ?");
  select << tree;
  while (select.step()) commands.emplace(select.text(0), select.text(1));
  return commands;
}

void write_result(Store& store, const Job& job, const JobResult& result) {
  Transaction transaction(store.database());
  Statement forget(store.database(), "DELETE FROM run WHERE tree = ? AND command = ?");
  (forget << job.tree << job.command).run();
  const std::int64_t run = write_run(store, job, result);
  for (const SeenFinding& seen : result.seen) write_seen(store, run, seen);
  transaction.commit();
}

}  // namespace ttrace::audit
