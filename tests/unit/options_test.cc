// The command line: where options end, what each means, and what is said about mistakes.
#include <catch2/catch.hpp>
#include <cmath>

#include "analyzers/analyzer.h"
#include "analyzers/report/renderer.h"
#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"
#include "tracer/clock/when.h"

namespace ttrace {
namespace {

using Words = std::vector<std::string>;

constexpr WallTime kNow{1'772'317'815, 250'000'000};

CommandLine parse(const Words& words, bool color_terminal = false) {
  return parse_command_line(words, {kNow, color_terminal});
}

RunOptions run(const Words& words, bool color_terminal = false) {
  const CommandLine line = parse(words, color_terminal);
  REQUIRE(std::holds_alternative<RunOptions>(line));
  return std::get<RunOptions>(line);
}

TEST_CASE("options end at the first word that is none", "[options]") {
  struct Row {
    Words words;
    Words command;
  };
  const std::vector<Row> rows = {
      {{"ls"}, {"ls"}},
      {{"ls", "-l", "--clock", "x"}, {"ls", "-l", "--clock", "x"}},
      {{"--clock", "2038-01-19", "sudo", "ls", "-l"}, {"sudo", "ls", "-l"}},
      {{"-q", "ls", "--", "-v"}, {"ls", "--", "-v"}},
      {{"--", "ls", "--help"}, {"ls", "--help"}},
      {{"--", "-odd"}, {"-odd"}},
      {{"--", "--"}, {"--"}},
      {{"--", "run"}, {"run"}},
      {{"--", "attach", "-p"}, {"attach", "-p"}},
      {{"run", "ls", "-l"}, {"ls", "-l"}},
      {{"run", "run"}, {"run"}},
      {{"run", "audit"}, {"audit"}},
      {{"run", "--", "run", "x"}, {"run", "x"}},
      {{"-q", "run", "--rate", "2", "ls"}, {"ls"}},
      {{"-"}, {"-"}},
      {{"ls", ""}, {"ls", ""}},
      {{"-u", "nobody", "id"}, {"id"}},
      {{"-unobody", "id"}, {"id"}},
      {{"-qunobody", "id"}, {"id"}},
      {{"--user=nobody", "id"}, {"id"}},
      {{"--clock", "-3d", "date"}, {"date"}},
      {{"--user", "--", "id"}, {"id"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words);
    CHECK(run(row.words).command == row.command);
  }
}

TEST_CASE("without options a run has its defaults", "[options]") {
  const RunOptions options = run({"true"});
  CHECK_FALSE(options.clock);
  CHECK(options.rate == 1.0);
  CHECK(options.file_times == FileTimes::kReal);
  CHECK(options.analyzers.size() == analyzer_registry().size());
  CHECK(options.engine == EngineChoice::kAuto);
  CHECK_FALSE(options.user);
  CHECK_FALSE(options.root);
  CHECK_FALSE(options.root_writable);
  CHECK_FALSE(options.timeout);
  CHECK(options.stack_depth == 32);
  REQUIRE(options.outputs.size() == 1);
  CHECK(options.outputs[0].format == "text");
  CHECK_FALSE(options.outputs[0].path);
  CHECK_FALSE(options.fail_on);
  CHECK(options.verbosity == 0);
  CHECK_FALSE(options.color);
}

TEST_CASE("every option reaches the run", "[options]") {
  const RunOptions options = run(
      {"--clock",   "2038-01-19", "--rate",          "60",        "--file-times", "real",
       "--analyze", "time",       "--engine",        "ptrace",    "-u",           "nobody",
       "--root",    "/srv/i386",  "--root-writable", "--timeout", "2min",         "--stack-depth",
       "7",         "--fail-on",  "warning",         "-v",        "true"});
  REQUIRE(options.clock);
  CHECK(format_utc(*options.clock) == "2038-01-19T12:00:00Z");
  CHECK(options.rate == 60.0);
  CHECK(options.file_times == FileTimes::kReal);
  CHECK(options.analyzers == Words{"time"});
  CHECK(options.engine == EngineChoice::kPtrace);
  CHECK(options.user == "nobody");
  CHECK(options.root == "/srv/i386");
  CHECK(options.root_writable);
  CHECK(options.timeout == Duration{120'000'000'000});
  CHECK(options.stack_depth == 7);
  CHECK(options.fail_on == Level::kWarning);
  CHECK(options.verbosity == 1);
}

TEST_CASE("the clock decides about rate and file times", "[options]") {
  CHECK(run({"--clock", "@0", "x"}).file_times == FileTimes::kShift);
  CHECK(run({"--file-times", "shift", "x"}).file_times == FileTimes::kReal);
  const RunOptions rated = run({"--rate", "0.5", "x"});
  REQUIRE(rated.clock);
  CHECK(rated.clock->s == kNow.s);
  CHECK(rated.clock->ns == kNow.ns);
  CHECK(rated.rate == 0.5);
  CHECK(run({"--rate", "0", "x"}).rate == 0);
  CHECK_FALSE(std::signbit(run({"--rate", "-0", "x"}).rate));
  CHECK(run({"--rate", "1e6", "x"}).rate == 1e6);
  CHECK(run({"--clock", "@0", "--clock", "@5", "x"}).clock->s == 5);
  CHECK(format_utc(*run({"--clock", "+12y", "x"}).clock) == "2038-02-28T22:30:15.25Z");
}

TEST_CASE("stacks and time limits can be switched off", "[options]") {
  CHECK(run({"--no-stacks", "x"}).stack_depth == 0);
  CHECK(run({"--stack-depth", "0", "x"}).stack_depth == 0);
  CHECK_FALSE(run({"--timeout", "0", "x"}).timeout);
}

TEST_CASE("verbosity goes one step either way", "[options]") {
  CHECK(run({"-q", "x"}).verbosity == -1);
  CHECK(run({"--quiet", "x"}).verbosity == -1);
  CHECK(run({"-v", "-v", "x"}).verbosity == 1);
}

std::string shown(const std::vector<OutputSpec>& outputs) {
  std::string text;
  for (const OutputSpec& output : outputs) {
    text += (text.empty() ? "" : " ") + output.format + ":" + output.path.value_or("stderr");
  }
  return text;
}

TEST_CASE("formats and files pair up in the order in which they stand", "[options]") {
  struct Row {
    Words words;
    std::string outputs;
  };
  const std::vector<Row> rows = {
      {{}, "text:stderr"},
      {{"-f", "json"}, "json:stderr"},
      {{"-fjson"}, "json:stderr"},
      {{"-f", "json", "-f", "text"}, "text:stderr"},
      {{"-o", "r.json"}, "json:r.json"},
      {{"-o", "R.JSON"}, "json:R.JSON"},
      {{"-or.txt"}, "text:r.txt"},
      {{"-o", "report"}, "text:report"},
      {{"-o", "/dev/stderr"}, "text:/dev/stderr"},
      {{"-o", "-"}, "text:-"},
      {{"-f", "json", "-o", "r.txt"}, "json:r.txt"},
      {{"-o", "report", "-f", "json"}, "json:report"},
      {{"-o", "r.pdf", "-f", "json"}, "json:r.pdf"},
      {{"-o", "r.json", "-f", "text"}, "json:r.json text:stderr"},
      {{"-o", "r.json", "-o", "r.txt"}, "json:r.json text:r.txt"},
      {{"-f", "text", "-o", "a", "-f", "json", "-o", "b"}, "text:a json:b"},
      {{"-f", "json", "-o", "a", "-o", "b"}, "json:a text:b"},
      {{"-f", "json", "-o", "a", "-f", "text"}, "json:a text:stderr"},
      {{"--output=[x].json", "--format=text"}, "json:[x].json text:stderr"},
  };
  for (Row row : rows) {
    row.words.push_back("x");
    CAPTURE(row.words);
    CHECK(shown(run(row.words).outputs) == row.outputs);
  }
}

TEST_CASE("colour follows the terminal unless it is told", "[options]") {
  CHECK(run({"x"}, true).color);
  CHECK_FALSE(run({"x"}, true).color_always);
  CHECK_FALSE(run({"x"}, false).color);
  CHECK(run({"--color", "always", "x"}, false).color);
  CHECK(run({"--color", "always", "x"}, false).color_always);
  CHECK_FALSE(run({"--color", "never", "x"}, true).color);
  CHECK(run({"--color=auto", "x"}, true).color);
}

TEST_CASE("a mistake is told with a hint and 125", "[options]") {
  struct Row {
    Words words;
    std::string message;
    std::string hint;
  };
  const std::vector<Row> rows = {
      {{}, "no COMMAND", "--help"},
      {{"--"}, "no COMMAND", "--help"},
      {{"run"}, "no COMMAND", "--help"},
      {{"--clock", "2038-01-19"}, "no COMMAND", "--help"},
      {{"attach"}, "nothing to attach to", "--help"},
      {{"attach", "-p", "0"}, "-p cannot be '0'", "pgrep"},
      {{"attach", "-p", "12x"}, "-p cannot be '12x'", "pgrep"},
      {{"attach", "-p", "99999999999"}, "-p cannot be", "pgrep"},
      {{"attach", "-p", "1", "ls"}, "attach runs no command: 'ls'", "--name"},
      {{"attach", "--root", "/", "-p", "1"}, "attach does not take --root", "already"},
      {{"attach", "-u", "nobody", "-p", "1"}, "attach does not take --user", "already"},
      {{"attach", "--init", "-p", "1"}, "attach does not take --init", "already"},
      {{"attach", "--kernel", "no-time32", "-p", "1"}, "attach does not take --kernel", "COMMAND"},
      {{"attach", "--crash", "SEGV@function:main", "-p", "1"},
       "attach does not take --crash SIGNAL@function:NAME",
       "syscall:NAME"},
      {{"report"}, "there is no RECORDING", "ttrace report"},
      {{"doctor", "ls"}, "doctor runs no command", "standard output"},
      {{"doctor", "--clock", "2038-01-19"}, "doctor does not take --clock", "-f text|json"},
      {{"doctor", "-o", "x.json"}, "doctor does not take -o", "standard output"},
      {{"--clok", "x", "y"}, "no option --clok", "did you mean --clock?"},
      {{"--time=3", "y"}, "no option --time", "did you mean --timeout?"},
      {{"--stack-deph=3", "y"}, "no option --stack-deph", "did you mean --stack-depth?"},
      {{"--zzzzzz", "y"}, "no option --zzzzzz", "lists the options"},
      {{"-clock", "x"}, "no option -clock", "did you mean --clock?"},
      {{"-z", "x"}, "no option -z", "lists the options"},
      {{"-qz", "x"}, "no option -z (in -qz)", "lists the options"},
      {{"--=x", "x"}, "no option --", "lists the options"},
      {{"--connect", "*=tmeout", "x"}, "'tmeout' is no fault", "timeout[:DURATION]"},
      {{"--clock"}, "--clock needs a value", "--help"},
      {{"-o"}, "-o needs a value", "--help"},
      {{"--clock=", "x"}, "--clock has an empty value", "--help"},
      {{"--root", "", "x"}, "--root has an empty value", "--help"},
      {{"-u", "", "x"}, "-u has an empty value", "--help"},
      {{"--no-stacks=1", "x"}, "--no-stacks takes no value", "--help"},
      {{"--clock", "soon", "x"}, "--clock: 'soon' is not a point in time", "2038-01-19"},
      {{"--clock", "2038-02-30", "x"}, "does not exist", "28 days"},
      {{"--rate", "fast", "x"}, "--rate cannot be 'fast'", "1000000"},
      {{"--rate", "nan", "x"}, "--rate cannot be 'nan'", "1000000"},
      {{"--rate", "inf", "x"}, "--rate cannot be 'inf'", "1000000"},
      {{"--rate", "-1", "x"}, "--rate cannot be '-1'", "1000000"},
      {{"--rate", "1000001", "x"}, "--rate cannot be '1000001'", "1000000"},
      {{"--rate", "1e999", "x"}, "--rate cannot be '1e999'", "1000000"},
      {{"--rate", "1x", "x"}, "--rate cannot be '1x'", "1000000"},
      {{"--file-times", "fake", "x"}, "--file-times cannot be 'fake'", "shift, real"},
      {{"--engine", "gdb", "x"}, "--engine cannot be 'gdb'", "auto, ptrace, preload"},
      {{"--analyze", "tine", "x"}, "no analyzer 'tine'", "time"},
      {{"--analyze", "time,,time", "x"}, "no analyzer ''", "time"},
      {{"--timeout", "-1s", "x"}, "negative", "500ms"},
      {{"--timeout", "soon", "x"}, "--timeout: 'soon' is not a duration", "500ms"},
      {{"--stack-depth", "many", "x"}, "--stack-depth cannot be 'many'", "--no-stacks"},
      {{"--stack-depth", "-1", "x"}, "--stack-depth cannot be '-1'", "--no-stacks"},
      {{"--stack-depth", "4097", "x"}, "--stack-depth cannot be '4097'", "4096"},
      {{"--stack-depth", "99999999999999999999", "x"}, "--stack-depth cannot be", "4096"},
      {{"--stack-depth", "1", "--no-stacks", "x"}, "contradict", "drop one"},
      {{"-q", "-v", "x"}, "contradict", "drop one"},
      {{"--root-writable", "x"}, "--root-writable without --root", "--root DIR"},
      {{"-f", "xml", "x"}, "no report format 'xml'", "text, json"},
      {{"-o", "r.pdf", "x"}, "extension .pdf", "-f FORMAT -o r.pdf"},
      {{"-o", "a", "-o", "a", "x"}, "two reports", "of its own"},
      {{"--fail-on", "all", "x"}, "--fail-on cannot be 'all'", "error, warning, note"},
      {{"--color", "red", "x"}, "--color cannot be 'red'", "auto, always, never"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words);
    try {
      parse(row.words);
      FAIL_CHECK("it was accepted");
    } catch (const UserError& error) {
      CHECK_THAT(error.what(), Catch::Contains(row.message));
      CHECK_THAT(error.hint(), Catch::Contains(row.hint));
      CHECK(error.exit_status() == 125);
    }
  }
}

}  // namespace
}  // namespace ttrace
