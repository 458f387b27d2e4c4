// What the runs say of the static findings: proven where the call was seen to fail; not reached
// where the program ran and was not seen to make the call; reached and fine where it was called.
#include <fmt/format.h>

#include "tracer/audit/run/run_table.h"

namespace ttrace::audit {
namespace {

// `place` has each file as the programs of its root see it; `ran` and `called` the programs and the
// functions of each run; `about` the findings that a run may prove.

constexpr const char* kTables = R"(
CREATE TEMP TABLE place AS SELECT file.id AS file, tree.root AS root,
  CASE tree.kind WHEN 'root' THEN file.path ELSE substr(file.path, length(tree.root) + 1) END AS path
  FROM file JOIN tree ON tree.id = file.tree;
CREATE INDEX temp.place_path ON place(path, root);
CREATE TEMP TABLE about AS SELECT place.file, place.root, place.path, finding.symbol,
  max(finding.level <> 'note') AS foreseen
  FROM finding JOIN place ON place.file = finding.file WHERE finding.pass <> 'run'
  GROUP BY place.file, finding.symbol;
CREATE INDEX temp.about_file ON about(file, symbol);
CREATE TEMP TABLE ran(root TEXT, path TEXT, run INTEGER);
CREATE TEMP TABLE called(run INTEGER, symbol TEXT);
)";

constexpr const char* kIndexes = R"(
CREATE INDEX temp.ran_path ON ran(path, root);
CREATE INDEX temp.ran_run ON ran(run);
CREATE INDEX temp.called_run ON called(run, symbol);
)";

constexpr const char* kEnd =
    "DROP TABLE temp.place; DROP TABLE temp.about; DROP TABLE temp.ran; DROP TABLE temp.called";

// Of several runs one that broke is the evidence: with max(), SQLite takes the other columns of its
// row.
constexpr const char* kProven = R"(
SELECT about.file, about.symbol, run.command, seen.message, max(run.outcome = 'breaks') FROM seen
  JOIN run ON run.id = seen.run JOIN tree ON tree.id = run.tree
  JOIN place ON place.path IN (seen.program, seen.module) AND place.root = tree.root
  JOIN about ON about.file = place.file AND about.symbol = seen.symbol
  GROUP BY about.file, about.symbol
)";

constexpr const char* kNotSeen = R"(
SELECT about.file, about.symbol, count(DISTINCT ran.run) FROM about
  JOIN ran ON ran.path = about.path AND ran.root = about.root GROUP BY about.file, about.symbol
)";

// Called in a run, by the only program in it that the finding can be about, and not seen to fail.
constexpr const char* kFine = R"(
SELECT about.file, about.symbol, run.command FROM about
  JOIN ran ON ran.path = about.path AND ran.root = about.root
  JOIN run ON run.id = ran.run
  JOIN called ON called.run = ran.run AND called.symbol = about.symbol
  WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.run = ran.run AND seen.symbol = about.symbol)
  AND NOT EXISTS (SELECT 1 FROM ran other
    JOIN about also ON also.path = other.path AND also.root = other.root
    WHERE other.run = ran.run AND also.symbol = about.symbol AND also.path <> about.path)
  GROUP BY about.file, about.symbol
)";

// A call that failed and that no static finding is about, but a note that says it is fine.
constexpr const char* kSeenAlone = R"(
SELECT place.file, seen.level, seen.symbol, seen.module, run.command, seen.message,
  max(run.outcome = 'breaks') FROM seen
  JOIN run ON run.id = seen.run JOIN tree ON tree.id = run.tree
  JOIN place ON place.path = seen.program AND place.root = tree.root
  WHERE NOT EXISTS (SELECT 1 FROM about
    WHERE about.file = place.file AND about.symbol = seen.symbol AND about.foreseen)
  GROUP BY place.file, seen.symbol, seen.module
)";

// A program that ends in another way although no call was seen to fail.
constexpr const char* kBreaksAlone = R"(
SELECT file.id, run.command, run.changes FROM run
  JOIN file ON file.tree = run.tree AND file.path = run.program
  WHERE run.outcome = 'breaks' AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.run = run.id)
  GROUP BY file.id
)";

class Join {
 public:
  explicit Join(Store& store) : store_(store), database_(store.database()) {}

  void run() {
    list_executed();
    database_.run("DELETE FROM proof");
    set_not_seen();
    set_fine();
    set_proven();
    add_findings();
    database_.run(kEnd);
  }

 private:
  void list_executed() {
    database_.run(kTables);
    Statement select(
        database_,
        "SELECT tree.root, run.id, executed, called FROM run JOIN tree ON tree.id = tree");
    Statement ran(database_, "INSERT INTO temp.ran VALUES(?, ?, ?)");
    Statement called(database_, "INSERT INTO temp.called VALUES(?, ?)");
    while (select.step()) {
      for (const std::string& path : lines_of(select.text(2))) {
        (ran << select.text(0) << path << select.number(1)).run();
      }
      for (const std::string& symbol : lines_of(select.text(3))) {
        (called << select.number(1) << symbol).run();
      }
    }
    database_.run(kIndexes);
  }

  void set_not_seen() {
    Statement select(database_, kNotSeen);
    while (select.step()) {
      store_.set_proof(
          select.number(0), select.text(1), Proof::kNotReached,
          fmt::format("ran {} times past 2038, and was not seen to call it", select.number(2)));
    }
  }

  void set_fine() {
    Statement select(database_, kFine);
    while (select.step()) {
      store_.set_proof(select.number(0), select.text(1), Proof::kReachedFine,
                       fmt::format("{}: called it past 2038, and it did not fail", select.text(2)));
    }
  }

  void set_proven() {
    Statement select(database_, kProven);
    while (select.step()) {
      store_.set_proof(select.number(0), select.text(1), Proof::kProven,
                       fmt::format("{}: {}{}", select.text(2), select.text(3),
                                   select.number(4) != 0 ? "" : "; the command goes on as ever"));
    }
  }

  void add_findings() {
    std::vector<Store::LateFinding> late;
    Statement seen(database_, kSeenAlone);
    while (seen.step()) {
      Finding finding;
      finding.id = "audit.failed-in-run";
      finding.level = seen.number(6) != 0 ? level_of(seen.text(1)) : Level::kWarning;
      finding.symbol = seen.text(2);
      finding.library = seen.text(3);
      finding.detail = fmt::format("{}: {}", seen.text(4), seen.text(5));
      late.push_back({seen.number(0), finding});
    }
    Statement breaks(database_, kBreaksAlone);
    while (breaks.step()) {
      Finding finding;
      finding.id = "audit.ends-otherwise";
      finding.level = Level::kError;
      finding.detail = fmt::format("{}: {}", breaks.text(1),
                                   breaks.text(2).substr(0, breaks.text(2).find('\n')));
      late.push_back({breaks.number(0), finding});
    }
    store_.replace_findings("run", late);
  }

  Store& store_;
  Database& database_;
};

}  // namespace

void join_runs(Store& store) { Join(store).run(); }

}  // namespace ttrace::audit
