// The dynamic pass of an audit without running anything: its files, its processes, and how runs and
// static findings are joined.
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <fstream>

#include "tracer/audit/run/corpus.h"
#include "tracer/audit/run/pool.h"
#include "tracer/audit/run/run_table.h"
#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"

namespace ttrace::audit {
namespace {

using Words = std::vector<std::string>;

/// A file that is gone at the end of the test.
class Temporary {
 public:
  explicit Temporary(const std::string& text = "") {
    const int fd = mkstemp(name_.data());
    REQUIRE(fd >= 0);
    close(fd);
    std::ofstream(name_) << text;
  }
  ~Temporary() { unlink(name_.c_str()); }
  const std::string& name() const { return name_; }

 private:
  std::string name_ = "/tmp/ttrace-test.XXXXXX";
};

AuditOptions parse(Words words) {
  words.insert(words.begin(), "audit");
  return std::get<AuditOptions>(parse_command_line(words, {{1'800'000'000, 5}, false}));
}

TEST_CASE("--run runs programs past the limit", "[audit]") {
  const auto options = parse({"--run", "/"});
  CHECK(options.run);
  CHECK(options.now.s == 1'800'000'000);
  CHECK(options.later.s == 2'147'515'200);
  CHECK(options.limit == std::chrono::seconds(10));
  const auto given =
      parse({"--corpus", "a", "--corpus", "b", "--clock", "2040-01-01", "--timeout", "3s", "/"});
  CHECK(given.run);
  CHECK(given.corpus == Words{"a", "b"});
  CHECK(given.later.s == 2'208'988'800 + 43'200);
  CHECK(given.limit == std::chrono::seconds(3));
  CHECK_FALSE(parse({"/"}).run);
  CHECK_THROWS_AS(parse({"--clock", "2040-01-01", "/"}), UserError);
}

TEST_CASE("a corpus has a command on each line", "[audit]") {
  const Temporary file("# comment\n\n  \nls -l\n  # another\n echo 'a # b'\nno newline");
  CHECK(read_corpus(file.name()) == Words{"ls -l", " echo 'a # b'", "no newline"});
  CHECK_THROWS_AS(read_corpus("/nonexistent"), UserError);
  CHECK_THROWS_AS(read_corpus("/tmp"), UserError);
  const Temporary binary(std::string("a\0b\n", 4));
  CHECK_THROWS_AS(read_corpus(binary.name()), UserError);
}

JobResult broken() {
  JobResult result;
  result.outcome = RunOutcome::kBreaks;
  result.now = "0";
  result.later = "1";
  result.changes = {"exit: 0, then 1"};
  result.executed = {"/usr/bin/sudo"};
  result.called = {"gettimeofday"};
  result.seen = {{"time.eoverflow", "error", "gettimeofday", "/usr/bin/sudo", "/usr/lib/util.so",
                  "gettimeofday() failed"}};
  return result;
}

TEST_CASE("a result comes back from the process that ran it", "[audit]") {
  const JobResult back = job_result_from_json(to_json(broken()));
  CHECK(back.outcome == RunOutcome::kBreaks);
  CHECK(back.later == "1");
  CHECK(back.changes == broken().changes);
  CHECK(back.executed == broken().executed);
  REQUIRE(back.seen.size() == 1);
  CHECK(back.seen[0].module == "/usr/lib/util.so");
  for (const char* const text : {"", "{}", "[]", R"({"outcome": "what"})"}) {
    CHECK_THROWS(job_result_from_json(text));
  }
}

TEST_CASE("a pool does each job once, and outlives its workers", "[audit]") {
  std::vector<int> answers(20, -1);
  Pool::Plan plan;
  plan.jobs = answers.size();
  plan.workers = 3;
  plan.limit = std::chrono::seconds(1);
  plan.work = [](std::size_t job) {
    if (job == 4) _exit(3);
    if (job == 7) pause();
    return std::string(job * 10'000, 'x');
  };
  plan.done = [&](std::size_t job, const std::optional<std::string>& answer) {
    CHECK(answers.at(job) == -1);
    answers.at(job) = answer ? static_cast<int>(answer->size()) : -2;
  };
  CHECK(Pool(plan).run());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i] == (i == 4 || i == 7 ? -2 : static_cast<int>(i * 10'000)));
  }
}

TEST_CASE("a pool whose jobs only wait has more of them at a time", "[audit]") {
  // They end once four of them have come: two workers would wait for ever.
  std::array<int, 2> come{};
  REQUIRE(pipe(come.data()) == 0);
  std::size_t ended = 0;
  Pool::Plan plan;
  plan.jobs = 4;
  plan.workers = 2;
  plan.most_workers = 8;
  plan.idle = [] { return 1.5; };
  plan.work = [&](std::size_t) {
    (void)!write(come[1], "x", 1);
    int waiting = 0;
    while (ioctl(come[0], FIONREAD, &waiting) == 0 && waiting < 4) usleep(10'000);
    return std::string("together");
  };
  plan.done = [&](std::size_t, const std::optional<std::string>& answer) {
    CHECK(answer == "together");
    ++ended;
  };
  CHECK(Pool(plan).run());
  CHECK(ended == 4);
  close(come[0]);
  close(come[1]);
}

TEST_CASE("a pool that is stopped leaves the rest", "[audit]") {
  std::atomic<bool> stop{false};
  int done = 0;
  Pool::Plan plan;
  plan.jobs = 100;
  plan.stop = &stop;
  plan.work = [](std::size_t) { return std::string(); };
  plan.done = [&](std::size_t, const std::optional<std::string>&) { stop = ++done == 5; };
  CHECK_FALSE(Pool(plan).run());
  CHECK(done == 5);
}

/// A database with one program, its library and a script, each with findings as the static pass
/// makes them.
class Audited {
 public:
  explicit Audited(const std::string& database = "") : store_(database) {
    tree_ = store_.add_tree({"/srv/root", "root"}, "/srv/root");
    prepare_runs(store_);
    store_.write({row("/usr/bin/sudo", Kind::kProgram, "gettimeofday"),
                  row("/usr/bin/sudo2", Kind::kProgram, "gettimeofday"),
                  row("/usr/lib/util.so", Kind::kLibrary, "gettimeofday"),
                  row("/usr/bin/cat", Kind::kProgram, "fstat64")});
  }
  Store& store() { return store_; }
  Job job(const std::string& command, const std::string& program = "") const {
    return {tree_, "/srv/root", {}, command, program, "stamp"};
  }
  std::map<std::string, File> joined() {
    join_runs(store_);
    std::map<std::string, File> files;
    for (const File& file : load_report(store_).files) files[file.path] = file;
    return files;
  }

 private:
  Store::Row row(const std::string& path, Kind kind, const std::string& symbol) const {
    Store::Row row;
    row.tree = tree_;
    row.facts.file.path = path;
    row.facts.file.kind = kind;
    Finding finding;
    finding.id = "audit.eoverflow";
    finding.level = Level::kError;
    finding.symbol = symbol;
    row.facts.file.findings.push_back(finding);
    return row;
  }

  Store store_;
  std::int64_t tree_;
};

TEST_CASE("a run proves a finding of the program and of the library", "[audit]") {
  Audited audited;
  write_result(audited.store(), audited.job("sudo ls"), broken());
  JobResult fine;
  fine.outcome = RunOutcome::kSame;
  fine.executed = {"/usr/bin/cat"};
  fine.called = {"open"};
  write_result(audited.store(), audited.job("/usr/bin/cat --help", "/usr/bin/cat"), fine);
  auto files = audited.joined();
  CHECK(files["/usr/bin/sudo"].findings.at(0).proof == Proof::kProven);
  CHECK(files["/usr/bin/sudo"].findings.at(0).evidence == "sudo ls: gettimeofday() failed");
  CHECK(files["/usr/lib/util.so"].findings.at(0).proof == Proof::kProven);
  CHECK(files["/usr/bin/cat"].findings.at(0).proof == Proof::kNotReached);
  CHECK(files["/usr/bin/sudo2"].findings.at(0).proof == Proof::kNotRun);
}

TEST_CASE("a failure that the static pass did not foresee is a finding", "[audit]") {
  Audited audited;
  JobResult result = broken();
  result.seen[0].symbol = "time";
  write_result(audited.store(), audited.job("sudo ls"), result);
  result.seen.clear();
  write_result(audited.store(), audited.job("/usr/bin/cat --help", "/usr/bin/cat"), result);
  auto files = audited.joined();
  REQUIRE(files["/usr/bin/sudo"].findings.size() == 2);
  REQUIRE(files["/usr/bin/cat"].findings.size() == 2);
  const auto find = [](const File& file, const std::string& id) {
    return std::any_of(file.findings.begin(), file.findings.end(),
                       [&](const Finding& finding) { return finding.id == id; });
  };
  CHECK(find(files["/usr/bin/sudo"], "audit.failed-in-run"));
  CHECK(find(files["/usr/bin/cat"], "audit.ends-otherwise"));
  CHECK(audited.joined()["/usr/bin/sudo"].findings.size() == 2);  // joined twice, told once
}

TEST_CASE("a failure that a command survives is no error", "[audit]") {
  Audited audited;
  JobResult result = broken();
  result.outcome = RunOutcome::kGoesOn;
  write_result(audited.store(), audited.job("sudo -V"), result);
  CHECK_THAT(audited.joined()["/usr/bin/sudo"].findings.at(0).evidence,
             Catch::EndsWith("the command goes on as ever"));
  result.seen[0].symbol = "time";
  write_result(audited.store(), audited.job("sudo -V"), result);
  const auto findings = audited.joined()["/usr/bin/sudo"].findings;
  CHECK(std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.id == "audit.failed-in-run" && finding.level == Level::kWarning;
  }));
}

TEST_CASE("a call that was made and did not fail is fine", "[audit]") {
  Audited audited;
  JobResult fine;
  fine.outcome = RunOutcome::kSame;
  fine.executed = {"/bin/sh", "/usr/bin/cat"};
  fine.called = {"fstat64", "open"};
  write_result(audited.store(), audited.job("cat /etc/passwd"), fine);
  auto files = audited.joined();
  CHECK(files["/usr/bin/cat"].findings.at(0).proof == Proof::kReachedFine);
  CHECK(files["/usr/bin/cat"].verdict == Verdict::kMayBreak);
  fine.executed = {"/usr/bin/sudo", "/usr/bin/sudo2"};
  fine.called = {"gettimeofday"};
  write_result(audited.store(), audited.job("sudo sudo2"), fine);
  CHECK(audited.joined()["/usr/bin/sudo"].findings.at(0).proof == Proof::kNotReached);
}

TEST_CASE("what was run is known by command and stamp", "[audit]") {
  Audited audited;
  write_result(audited.store(), audited.job("sudo ls"), broken());
  write_result(audited.store(), audited.job("sudo ls"), broken());
  const auto known = commands_run(audited.store(), audited.job("").tree);
  CHECK(known.size() == 1);
  CHECK(known.contains({"sudo ls", "stamp"}));
}

TEST_CASE("the runs of shards are joined", "[audit]") {
  const Temporary one, two;
  {
    Audited first(one.name());
    write_result(first.store(), first.job("sudo ls"), broken());
    Audited second(two.name());
  }
  Audited all;
  merge_runs(all.store(), one.name());
  merge_runs(all.store(), two.name());
  merge_runs(all.store(), one.name());
  CHECK(commands_run(all.store(), all.job("").tree).size() == 1);
  CHECK(all.joined()["/usr/bin/sudo"].findings.at(0).proof == Proof::kProven);
}

}  // namespace
}  // namespace ttrace::audit
