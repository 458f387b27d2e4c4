// `ttrace bisect` without running anything: the search, what counts as noise, and what is said.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tracer/base/result.h"
#include "tracer/bisect/bisection.h"
#include "tracer/bisect/known_instants.h"
#include "tracer/bisect/search.h"
#include "tracer/cli/command_line.h"

namespace ttrace {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr std::int64_t kLimit = 2'147'483'648;

CommandLine parse(Words words) {
  words.insert(words.begin(), "bisect");
  return parse_command_line(words, {{1'800'000'000, 5}, false});
}

TEST_CASE("bisect takes a span, and the options of a run", "[bisect]") {
  const auto plain = std::get<BisectOptions>(parse({"ls", "-l"}));
  CHECK(plain.from.s == 1'800'000'000);
  CHECK(plain.to.s == 4'417'977'600);  // 2110
  CHECK(plain.run.command == Words{"ls", "-l"});
  CHECK(plain.run.file_times == FileTimes::kShift);
  const auto given = std::get<BisectOptions>(
      parse({"--from", "@5", "--to=2038-01-19", "--root", "/r", "--", "ls", "--to", "x"}));
  CHECK(given.from.s == 5);
  CHECK(given.to.s == 2'147'515'200);
  CHECK(given.run.root == "/r");
  CHECK(given.run.command == Words{"ls", "--to", "x"});
  CHECK_THROWS_AS(parse({"--clock", "2038-01-19", "ls"}), UserError);
  CHECK_THROWS_AS(parse({"--from", "@5", "--to", "@5", "ls"}), UserError);
  CHECK_THROWS_AS(parse({"--from", "soon", "ls"}), UserError);
  CHECK_THROWS_AS(parse({"--from", "@5"}), UserError);
  CHECK_THROWS_AS(parse({"strace", "ls"}), UserError);
}

/// Searches a function of time, and counts how often it is asked.
struct Trial {
  std::function<int(std::int64_t)> outcome;
  std::size_t most = 12;
  int looks = 0;
  bool cut = false;

  std::vector<std::int64_t> steps(const std::vector<std::int64_t>& samples) {
    Search search({[this](std::int64_t) { return ++looks > 0; },
                   [this](std::int64_t a, std::int64_t b) { return outcome(a) != outcome(b); }},
                  most);
    std::vector<std::int64_t> found;
    for (const Step& step : search.find(samples)) {
      CHECK((search.is_cut() || step.high - step.low == 1));
      found.push_back(step.high);
    }
    cut = search.is_cut();
    return found;
  }
};

TEST_CASE("a change at a known moment takes one look more than the samples", "[bisect]") {
  Trial trial{[](std::int64_t s) { return s >= kLimit; }};
  CHECK(trial.steps({0, 2'085'978'496, kLimit, 4'294'967'296}) == std::vector{kLimit});
  CHECK(trial.looks == 5);
}

TEST_CASE("a change anywhere is found to the second, in as many looks as halving takes",
          "[bisect]") {
  Trial trial{[](std::int64_t s) { return s >= 1'234'567'891; }};
  CHECK(trial.steps({0, 4'294'967'296}) == std::vector<std::int64_t>{1'234'567'891});
  CHECK(trial.looks <= 2 + 1 + 32);
}

TEST_CASE("several changes between two samples are found if none goes back", "[bisect]") {
  Trial trial{[](std::int64_t s) { return s >= 77 ? 2 : s >= 20 ? 1 : 0; }};
  CHECK(trial.steps({0, 1000}) == std::vector<std::int64_t>{20, 77});
  Trial reverts{[](std::int64_t s) { return s >= 100 && s < 200; }};
  CHECK(reverts.steps({0, 1000}).empty());
  CHECK(reverts.looks == 2);
}

TEST_CASE("an outcome without end of changes ends the search", "[bisect]") {
  Trial trial{[](std::int64_t s) { return static_cast<int>(s); }, 5};
  CHECK(trial.steps({0, 100'000}).size() < 30);
  CHECK(trial.cut);
}

TEST_CASE("a search that is interrupted says what it knows", "[bisect]") {
  int looks = 0;
  Search search({[&](std::int64_t) { return ++looks <= 4; },
                 [](std::int64_t a, std::int64_t b) { return (a < 500) != (b < 500); }},
                12);
  const auto steps = search.find({0, 1000});
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].low < 500);
  CHECK(steps[0].high >= 500);
  CHECK(search.is_cut());
}

std::string present(const std::string& line, std::int64_t clock = kLimit) {
  return without_noise(line, {clock, {1234, 12}}, Masking::kPresent);
}

TEST_CASE("the present is noise in each form", "[bisect]") {
  for (const char* const form : {"Tue Jan 19 03:14:08 UTC 2038",
                                 "Tue Jan 19 03:14:08 AM UTC 2038",
                                 "Tue, 19 Jan 2038 03:14:08 +0000",
                                 "Jan 19 03:14:08 2038 GMT",
                                 "2038-01-19T03:14:08Z",
                                 "2038-01-19 03:14:08.123 +0000",
                                 "2038-01-18",
                                 "2038/01/19",
                                 "19 January 2038",
                                 "01/19/38",
                                 "19/01/2038",
                                 "Jan 19 03:14",
                                 "Jan 19",
                                 "2147483648",
                                 "2147483650.25",
                                 "2147483648123",
                                 "2147483648123456789",
                                 "20380119T031408Z",
                                 "20380119",
                                 "380119031408Z",
                                 "19-Jan-2038"}) {
    CHECK(present(form) == "<now>");
  }
}

TEST_CASE("another date stays as it is", "[bisect]") {
  for (const char* const form :
       {"Fri Dec 13 20:45:52 UTC 1901", "1901-12-13T20:45:52Z", "Jan 19 03:14:08 2028 GMT",
        "-2147483648", "18446744073709551615", "Jan 1  1970", "1970-01-01", "2038"}) {
    CHECK(present(form) == form);
  }
  CHECK(present("it is 03:14:08") == "it is <time>");
  CHECK(without_noise("Fri Dec 13 1901, 30 days", {kLimit, {}}, Masking::kNumbers) ==
        "<date>, <number> days");
  CHECK(without_noise("2038-01-19 Tuesday", {kLimit, {}}, Masking::kNumbers) == "<now> <date>");
}

TEST_CASE("process ids, temporary names, addresses and durations are noise", "[bisect]") {
  CHECK(present("sudo[1234]: 12 1235") == "sudo[<pid>]: 12 1235");
  CHECK(present("/tmp/tmp.aB3dEf1234/x /tmp/plain") == "/tmp/tmp.<temporary>/x /tmp/plain");
  CHECK(present("at 0x7ffd1234") == "at <address>");
  CHECK(present("real 0m0.003s, took 12 ms") == "real <duration>, took <duration>");
  CHECK(present("in 2147483647 seconds") != "in <duration>");
}

Observation observation(const std::string& out, int code = 0, std::int64_t clock = kLimit) {
  Observation made;
  made.end.code = code;
  made.out = printed(out, false, {clock, {}});
  return made;
}

TEST_CASE("two runs are the same where nothing but the present differs", "[bisect]") {
  const auto now = observation("it is 2038-01-19\nall is well\n");
  const auto later = observation("it is 2039-05-05\nall is well\n", 0, kLimit + 40'694'400);
  CHECK(same(now, later, Depth::kOutput));
  const auto wrong = observation("it is 1901-12-13\nall is well\n");
  CHECK_FALSE(same(now, wrong, Depth::kOutput));
  CHECK_FALSE(same(now, wrong, Depth::kWords));
  CHECK(same(now, wrong, Depth::kOutcome));
  CHECK(differences(now, wrong, Depth::kOutput) ==
        Words{"stdout: - it is <now>", "stdout: + it is 1901-12-13"});
}

TEST_CASE("a fixed date that was once the present does not differ", "[bisect]") {
  CHECK(same(observation("made 2038-01-19"), observation("made 2038-01-19", 0, kLimit + 999'999),
             Depth::kOutput));
}

TEST_CASE("findings are compared without their counts", "[bisect]") {
  Finding finding;
  finding.id = "time.eoverflow";
  finding.process.comm = "sudo";
  finding.api = ApiResult{"time", -1, "EOVERFLOW", true};
  Finding again = finding;
  again.count = 7;
  again.process.pid = 99;
  CHECK(finding_keys({finding, again}) == Words{"time.eoverflow time in sudo"});
  auto found = observation("", 0);
  found.findings = finding_keys({finding});
  found.worst = Level::kError;
  CHECK(severity(observation("", 0), found) == Level::kError);
  CHECK(severity(observation("", 0), observation("x", 0)) == Level::kWarning);
  CHECK(severity(observation("", 0), observation("", 1)) == Level::kError);
}

TEST_CASE("the moments at which clocks run over are in order", "[bisect]") {
  for (std::size_t i = 1; i < known_instants().size(); ++i) {
    CHECK(known_instants()[i - 1].at < known_instants()[i].at);
  }
  REQUIRE(known_instant(kLimit));
  CHECK(known_instant(kLimit - 1) == nullptr);
}

Bisection bisection() {
  Bisection made;
  made.command = {"sudo", "true"};
  made.from = 1'800'000'000;
  made.to = 4'417'977'600;
  made.first = observation("fine");
  made.runs = 17;
  made.sampled = 12;
  const auto after = observation("", 1);
  made.changes.push_back({kLimit - 1, kLimit, true, made.first, after,
                          differences(made.first, after, Depth::kOutput), Level::kError});
  return made;
}

TEST_CASE("a bisection as a table", "[bisect]") {
  const std::string text = bisect_text(bisection(), {});
  CHECK(text.find("2038-01-19T03:14:08Z  clock: 32-bit time_t\n") != std::string::npos);
  CHECK(text.find("                      exit: 0, then 1\n") != std::string::npos);
  CHECK(text.find("not seen.\n") != std::string::npos);
  auto unsteady = bisection();
  unsteady.steady = false;
  unsteady.changes.clear();
  CHECK(bisect_text(unsteady, {}).find("ttrace: unsteady: ") != std::string::npos);
}

TEST_CASE("a bisection as JSON", "[bisect]") {
  const auto json = nlohmann::json::parse(bisect_json(bisection()));
  CHECK(json["schema"] == "ttrace-bisect/1");
  CHECK(json["changes"][0]["at"] == "2038-01-19T03:14:08Z");
  CHECK(json["changes"][0]["known"]["name"] == "32-bit time_t");
  CHECK(json["changes"][0]["before"]["exit"]["code"] == 0);
  CHECK(json["changes"][0]["after"]["exit"]["code"] == 1);
  CHECK(json["changes"][0]["exact"] == true);
  CHECK(json["steady"] == true);
  CHECK(json["compared"] == "output");
}

}  // namespace
}  // namespace ttrace
