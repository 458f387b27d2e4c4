// `ttrace explore` without running anything: what is tried, how a trial is judged, and what is
// said.
#include <catch2/catch.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"
#include "tracer/explore/report.h"

namespace ttrace {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

CommandLine parse(const Words& words) { return parse_command_line(words, {{0, 0}, false}); }

ExploreOptions explore(Words words) {
  words.insert(words.begin(), "explore");
  const CommandLine line = parse(words);
  REQUIRE(std::holds_alternative<ExploreOptions>(line));
  return std::get<ExploreOptions>(line);
}

Event connect_event(const SocketAddress& to, std::optional<int> error = 0) {
  Connect connect;
  connect.to = to;
  connect.error = error;
  Event event;
  event.process = {12, 12, "prog", "/usr/bin/prog", "x86-64"};
  event.what = connect;
  return event;
}

TEST_CASE("explore takes faults alone, and rules that always hold", "[explore]") {
  CHECK(explore({"ls", "-l"}).faults == Words{"timeout:20s"});
  CHECK(explore({"ls", "-l"}).run.command == Words{"ls", "-l"});
  const auto options = explore({"--connect", "refuse", "--connect", "10.0.0.0/8=reset", "--connect",
                                "delay:2s", "--connect", "refuse", "ls"});
  CHECK(options.faults == Words{"refuse", "delay:2s"});
  REQUIRE(options.run.connect_rules.size() == 1);
  CHECK(options.run.connect_rules[0].text == "10.0.0.0/8=reset");
  CHECK(explore({"--connect", "redirect:/a=b", "ls"}).faults == Words{"redirect:/a=b"});
  CHECK(explore({"--analyze", "time", "ls"}).run.analyzers == Words{"time", "connect"});
  CHECK(std::get<RunOptions>(parse({"--", "explore"})).command == Words{"explore"});
}

TEST_CASE("what explore cannot do is told with a hint", "[explore]") {
  const std::vector<std::pair<Words, std::string>> rows = {
      {{"explore"}, "no COMMAND"},
      {{"explore", "--connect", "timeout:x", "ls"}, "--connect cannot be 'timeout:x'"},
      {{"explore", "--connect", "delay", "ls"}, "'delay' is no fault"},
      {{"explore", "--connect", "tmeout:3s", "ls"}, "there is no =FAULT"},
      {{"explore", "strace", "ls"}, "itself a tracer"},
      {{"--connect", "timeout:3s", "ls"}, "there is no ADDR="},
  };
  for (const auto& [words, message] : rows) {
    CAPTURE(words);
    try {
      parse(words);
      FAIL_CHECK("it was accepted");
    } catch (const UserError& error) {
      CHECK_THAT(error.what(), Catch::Contains(message));
      CHECK_FALSE(error.hint().empty());
      CHECK(error.exit_status() == 125);
    }
  }
}

TEST_CASE("its help fits a screen", "[explore]") {
  const std::string help = std::get<PrintText>(parse({"explore", "-h"})).text;
  CHECK_THAT(help, Catch::StartsWith("Usage: ttrace explore"));
  std::istringstream lines(help);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(line.size() <= 80);
  CHECK(count <= 24);
}

TEST_CASE("each place is named by a rule that matches it alone", "[explore]") {
  const auto who = [](const SocketAddress& to) { return rule_address(to).value_or("none"); };
  CHECK(who({"AF_INET", "127.0.0.1", 80, ""}) == "127.0.0.1:80");
  CHECK(who({"AF_INET6", "::1", 80, ""}) == "[::1]:80");
  CHECK(who({"AF_INET6", "fe80::1%2", 80, ""}) == "[fe80::1]:80");
  CHECK(who({"AF_INET", "127.0.0.1", 0, ""}) == "none");
  CHECK(who({"AF_UNIX", "/run/a*b[1]?\\", {}, ""}) == "/run/a\\*b\\[1]\\?\\\\");
  CHECK(who({"AF_UNIX", "@x", {}, ""}) == "@x");
  CHECK(who({"AF_UNIX", "relative", {}, ""}) == "none");
  CHECK(who({"AF_UNIX", std::string("@a\0b", 4), {}, ""}) == "none");
  CHECK(who({"AF_VSOCK", "cid 2", 80, ""}) == "none");
  const ConnectRule rule = parse_connect_rule(who({"AF_UNIX", "/run/a*b[1]", {}, ""}) + "=refuse");
  CHECK(rule.matches(*make_unix("/run/a*b[1]")));
  CHECK_FALSE(rule.matches(*make_unix("/run/axb1")));
}

TEST_CASE("a place is tried once, however often it is met", "[explore]") {
  Destinations found;
  found.on_event(connect_event({"AF_INET", "10.1.2.3", 80, ""}, ECONNREFUSED));
  found.on_event(connect_event({"AF_INET6", "::ffff:10.1.2.3", 80, ""}));
  found.on_event(connect_event({"AF_INET", "10.1.2.3", 81, ""}));
  found.on_event(connect_event({"AF_INET", "10.1.2.3", 0, ""}));
  found.on_event(connect_event({"AF_NETLINK", "", {}, ""}));
  found.on_event(connect_event({"AF_NETLINK", "", {}, ""}));
  REQUIRE(found.all().size() == 2);
  CHECK(found.all()[0].times == 2);
  CHECK(found.all()[0].end == ECONNREFUSED);
  CHECK(found.all()[0].to.service == "http");
  CHECK(found.left_out() == Words{"AF_NETLINK"});
}

Trial trial_of(const std::string& fault, std::chrono::nanoseconds duration,
               std::optional<int> code = 0) {
  Trial trial;
  trial.destination.to = {"AF_INET", "127.0.0.1", 9050, ""};
  trial.destination.who = "127.0.0.1:9050";
  trial.destination.process.exe = "/usr/bin/dirmngr";
  trial.fault = fault;
  trial.rule = trial.destination.who + "=" + fault;
  trial.end = {duration, code, {}, false};
  return trial;
}

Outcome judged(Trial& trial, bool met = true, std::chrono::nanoseconds longest = 0s) {
  Finding injected;
  injected.id = "connect.injected";
  injected.connect = ConnectFacts{};
  injected.connect->fault = trial.rule;
  injected.connect->longest = longest;
  judge(trial, {100ms, 0, {}, false}, met ? std::vector{injected} : std::vector<Finding>{}, {});
  return trial.outcome;
}

TEST_CASE("a trial is judged by its time and its end", "[explore]") {
  Trial quick = trial_of("timeout:20s", 200ms), slow = trial_of("timeout:20s", 20s);
  Trial failed = trial_of("refuse", 100ms, 1), retried = trial_of("refuse", 30s);
  Trial ended = trial_of("refuse", 9s), both = trial_of("timeout:1s", 1100ms, 2);
  Trial kernel = trial_of("timeout", 90s), noise = trial_of("delay:1ms", 250ms);
  ended.end = {9s, {}, "SIGTERM", true};
  CHECK(judged(quick) == Outcome::kGoesOn);
  CHECK(quick.cost == 100ms);
  CHECK(judged(slow) == Outcome::kHangs);
  CHECK_THAT(slow.hint, Catch::Contains("no-use-tor"));
  CHECK(judged(failed) == Outcome::kFails);
  CHECK(judged(retried) == Outcome::kGoesOn);
  CHECK(judged(ended) == Outcome::kHangs);
  CHECK(judged(both) == Outcome::kHangs);
  CHECK(judged(kernel) == Outcome::kHangs);
  CHECK(judged(noise) == Outcome::kGoesOn);
  CHECK(judged(slow, false) == Outcome::kNotMet);
  Trial after_slow_first = trial_of("timeout:1s", 800ms), meanwhile = trial_of("timeout:1s", 300ms);
  CHECK(judged(after_slow_first, true, 1s) == Outcome::kHangs);
  CHECK(judged(after_slow_first, true, 500ms) == Outcome::kGoesOn);
  CHECK(judged(meanwhile, true, 1s) == Outcome::kGoesOn);
  Finding injected;
  injected.id = "connect.injected";
  injected.connect = ConnectFacts{};
  injected.connect->fault = meanwhile.rule;
  injected.connect->longest = 1s;
  CHECK(is_doubtful(meanwhile, {injected}));
  injected.connect->longest = 100ms;
  CHECK_FALSE(is_doubtful(meanwhile, {injected}));
  CHECK_FALSE(is_doubtful(meanwhile, {}));
}

TEST_CASE("a fault that could not be applied says why", "[explore]") {
  Trial trial = trial_of("refuse", 100ms);
  judge(trial, {}, {}, {"--connect 127.0.0.1:9050=refuse was not applied: it is another world"});
  CHECK(trial.outcome == Outcome::kNotMet);
  CHECK_THAT(trial.note, Catch::Contains("another world"));
}

TEST_CASE("the conclusion names the worst, and what to do", "[explore]") {
  Exploration e;
  e.command = {"dirmngr", "--server"};
  e.first = {100ms, 0, {}, false};
  CHECK_THAT(conclusion(e), Catch::Contains("no connect that could be made to fail"));
  e.not_tried = 3;
  CHECK(conclusion(e) == "nothing was tried. It was interrupted: 3 trials were not made.");
  e.not_tried = 0;
  e.trials = {trial_of("refuse", 100ms)};
  judged(e.trials[0]);
  CHECK_THAT(conclusion(e), Catch::Contains("goes on whichever of its connects fails"));
  e.trials.push_back(trial_of("reset", 100ms, 7));
  judged(e.trials[1]);
  CHECK_THAT(conclusion(e), Catch::Contains("dirmngr fails when 127.0.0.1:9050 resets the "
                                            "connection: it ends with 7 instead of 0"));
  e.trials.push_back(trial_of("timeout:5s", 5100ms));
  e.trials.push_back(trial_of("timeout:5s", 5200ms));
  judged(e.trials[2]);
  judged(e.trials[3]);
  const std::string text = conclusion(e);
  CHECK_THAT(text, Catch::Contains("hangs when 127.0.0.1:9050 does not answer: that costs 5 s"));
  CHECK_THAT(text, Catch::Contains("one other failure hangs it too"));
  CHECK_THAT(text, Catch::Contains("What to do: dirmngr looks for Tor"));
  e.not_tried = 2;
  CHECK_THAT(conclusion(e), Catch::Contains("2 trials were not made"));
}

TEST_CASE("the table is text for people and JSON for programs", "[explore]") {
  Exploration e;
  e.command = {"dirmngr"};
  e.first = {100ms, 0, {}, false};
  e.trials = {trial_of("timeout:5s", 5100ms)};
  e.trials[0].destination.end = ECONNREFUSED;
  e.trials[0].destination.to.address = "/run/\x1b[2J";
  e.left_out = {"AF_27"};
  judged(e.trials[0]);
  const std::string text = explore_text(e, {});
  CHECK_THAT(text, Catch::Contains("/run/\\x1b[2J:9050  ECONNREFUSED  timeout:5s  hangs"));
  CHECK_THAT(text, Catch::Contains("+5.00 s"));
  CHECK_THAT(text, Catch::Contains("AF_27 was left out"));
  CHECK(text.find('\x1b') == std::string::npos);
  ReportOptions color;
  color.color = true;
  CHECK_THAT(explore_text(e, color), Catch::Contains("\x1b[1;31mhangs"));
  const auto json = nlohmann::json::parse(explore_json(e));
  CHECK(json["schema"] == "ttrace-explore/1");
  CHECK(json["trials"][0]["outcome"] == "hang");
  CHECK(json["trials"][0]["destination"]["errno"] == "ECONNREFUSED");
  CHECK(json["trials"][0]["cost_s"] == 5.0);
}

}  // namespace
}  // namespace ttrace
