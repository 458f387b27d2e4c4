// The renderers: what stands where, and that no target can break a report.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "analyzers/report/renderer.h"
#include "analyzers/report/stack_text.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

std::string render(const std::string& format, const RunInfo& run,
                   const std::vector<Finding>& findings, const ReportOptions& options = {}) {
  for (const FormatEntry& entry : format_registry()) {
    if (entry.name == format) return entry.make()->render(run, findings, options);
  }
  throw std::logic_error("no such format");
}

RunInfo sample_run() {
  RunInfo run;
  run.version = "1.2.3";
  run.command = {"sudo", "ls"};
  run.started = "2026-03-01T00:00:00Z";
  run.duration = std::chrono::milliseconds(410);
  run.clock = RunInfo::Clock{"2038-01-19T12:00:00Z", 1.0, "shift"};
  run.exit_code = 1;
  run.processes = 3;
  run.processes_32bit = 2;
  run.stops = 40;
  run.time_served = {{12, "shim"}, {13, "none: static"}};
  return run;
}

Stack sample_stack() {
  return {{0xf7f0002a,
           "/lib/i386-linux-gnu/libc.so.6",
           "ab12",
           0x1002a,
           "gettimeofday",
           0x2a,
           {},
           {},
           false},
          {0xf7e0001b, "/usr/libexec/sudo/libsudo_util.so.0", "", 0x1b, "sudo_gettime_real_v1",
           0x1b, "lib/util/gettime.c", 71, false},
          {0xf7e0001b,
           "/usr/libexec/sudo/libsudo_util.so.0",
           "",
           0x1b,
           "helper",
           {},
           "gettime.c",
           5,
           true},
          {0x565a0001, "/usr/bin/sudo", "", 0x1234, {}, {}, {}, {}, false},
          {0xdeadbeef, "", "", {}, {}, {}, {}, {}, false}};
}

Finding sample_finding() {
  Finding finding;
  finding.id = "time.eoverflow";
  finding.level = Level::kError;
  finding.message =
      "gettimeofday() failed with EOVERFLOW: 2038-01-19T12:00:00Z does not fit a 32-bit time_t";
  finding.count = 2;
  finding.first_at = std::chrono::milliseconds(12);
  finding.process = {12, 12, "sudo", "/usr/bin/sudo", "i386"};
  finding.syscall = SyscallText{"clock_gettime64", {"CLOCK_REALTIME", "0xffffd0a0"}, 0};
  finding.api = ApiResult{"gettimeofday", -1, "EOVERFLOW", true};
  finding.value = "2038-01-19T12:00:00Z";
  finding.stack = sample_stack();
  finding.hint = "rebuild it";
  finding.said = {"sudo: unable to get time of day: Value too large for defined data type"};
  return finding;
}

TEST_CASE("the text report reads at 80 columns", "[report]") {
  CHECK(render("text", sample_run(), {sample_finding()}) ==
        R"(error: time.eoverflow  2 times, first at 0.012 s
  gettimeofday() failed with EOVERFLOW: 2038-01-19T12:00:00Z does not fit a
  32-bit time_t
  where:   sudo[12] i386 /usr/bin/sudo
  it said: sudo: unable to get time of day: Value too large for defined data
           type
  kernel:  clock_gettime64(CLOCK_REALTIME, 0xffffd0a0) = 0
  stack:   gettimeofday+0x2a          libc.so.6
           sudo_gettime_real_v1+0x1b  libsudo_util.so.0  lib/util/gettime.c:71
           helper (inlined)           libsudo_util.so.0  gettime.c:5
           sudo+0x1234                sudo
           ??                         0xdeadbeef
  next:    rebuild it

ttrace: 1 finding (1 error); 3 processes (2 32-bit), 40 stops, 0.41 s; the
target's exit status was 1
)");
}

TEST_CASE("quiet text is findings and nothing else", "[report]") {
  ReportOptions quiet;
  quiet.quiet = true;
  RunInfo run = sample_run();
  run.limits = {"a limit"};
  run.processes_32bit = 0;
  CHECK(render("text", run, {}, quiet).empty());
  CHECK_THAT(render("text", run, {sample_finding()}, quiet), Catch::EndsWith("rebuild it\n"));
}

TEST_CASE("the summary counts honestly", "[report]") {
  RunInfo run = sample_run();
  run.exit_code.reset();
  run.exit_signal = "SIGSEGV";
  run.processes = 1;
  run.stops = 1;
  run.dropped = 2;
  Finding note = sample_finding();
  note.level = Level::kNote;
  const std::string text = render("text", run, {sample_finding(), sample_finding(), note});
  CHECK_THAT(text, Catch::Contains("3 findings (2 errors, 1 note); 1 process (2 32-bit), 1 stop"));
  CHECK_THAT(text, Catch::Contains("events dropped; the target was killed by SIGSEGV"));
  CHECK_THAT(render("text", run, {}), Catch::StartsWith("ttrace: no findings; 1 process"));
}

TEST_CASE("a run without 32-bit processes says why it found nothing", "[report]") {
  RunInfo run = sample_run();
  const auto* remark = "no 32-bit process";
  CHECK_THAT(render("text", run, {}), !Catch::Contains(remark));
  run.processes_32bit = 0;
  CHECK_THAT(render("text", run, {}), Catch::Contains(remark) &&
                                          Catch::Contains("ttrace --root DIR") &&
                                          Catch::Contains("./samples/quickstart.sh"));
  run.clock->start = "2038-01-19T03:14:07Z";
  CHECK_THAT(render("text", run, {}), !Catch::Contains(remark));
  run.clock->start = "2038-01-19T03:14:08Z";
  CHECK_THAT(render("text", run, {}), Catch::Contains(remark));
  run.clock.reset();
  CHECK_THAT(render("text", run, {}), !Catch::Contains(remark));
}

TEST_CASE("limits are notes, coverage is for the verbose", "[report]") {
  RunInfo run = sample_run();
  run.limits = {"stacks end early: install libc6-dbg"};
  CHECK_THAT(render("text", run, {}), Catch::Contains("note: stacks end early: install libc6-dbg"));
  CHECK_THAT(render("text", run, {}), !Catch::Contains("time by"));
  ReportOptions verbose;
  verbose.verbose = true;
  CHECK_THAT(render("text", run, {sample_finding()}, verbose),
             Catch::Contains("process 13: time by none: static") &&
                 Catch::Contains("/usr/libexec/sudo/libsudo_util.so.0"));
}

TEST_CASE("only colour that was asked for is in the text", "[report]") {
  CHECK_THAT(render("text", sample_run(), {sample_finding()}), !Catch::Contains("\x1b"));
  ReportOptions color;
  color.color = true;
  CHECK_THAT(render("text", sample_run(), {sample_finding()}, color),
             Catch::Contains("\x1b[1;31merror: time.eoverflow\x1b[0m"));
}

/// A finding whose every string is hostile.
Finding hostile_finding() {
  const std::string evil =
      "\x1b[2J\x9b\xff\xc3\n\r\"</script>\\ \xe2\x80\xae \xc2\x9b" + std::string(1, '\0');
  Finding finding = sample_finding();
  finding.id = finding.message = finding.hint = evil;
  finding.process = {1, 2, evil, evil, evil};
  finding.syscall = SyscallText{evil, {evil, evil}, -1};
  finding.api = ApiResult{evil, 0, evil, false};
  finding.value = evil;
  finding.said = {evil, evil};
  finding.stack = {{1, evil, evil, 1, evil, 1, evil, 1, false},
                   {1, evil, evil, 1, {}, {}, {}, {}, true}};
  return finding;
}

RunInfo hostile_run() {
  const std::string evil = "\x1b]0;owned\x07\xff\xe2\x80\xae\n";
  RunInfo run = sample_run();
  run.command = {evil};
  run.root = run.exit_signal = evil;
  run.limits = {evil};
  run.time_served = {{1, evil}};
  return run;
}

TEST_CASE("no string of a target acts on the terminal", "[report]") {
  ReportOptions verbose;
  verbose.verbose = true;
  for (const FormatEntry& entry : format_registry()) {
    CAPTURE(entry.name);
    const std::string text = entry.make()->render(hostile_run(), {hostile_finding()}, verbose);
    CHECK(std::none_of(text.begin(), text.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && c != '\n') || byte >= 0x7f;
    }));
  }
}

TEST_CASE("json follows the schema", "[report]") {
  const std::string json = render("json", sample_run(), {sample_finding()});
  for (const char* part : {R"("schema": "ttrace-report/1")",
                           R"("version": "1.2.3")",
                           R"("root": null)",
                           R"("engine": "ptrace")",
                           R"("duration_s": 0.41)",
                           R"("start": "2038-01-19T12:00:00Z")",
                           R"("code": 1)",
                           R"("signal": null)",
                           R"("processes": 3)",
                           R"("12": "shim")",
                           R"("limits": [])",
                           R"("id": "time.eoverflow")",
                           R"("level": "error")",
                           R"("count": 2)",
                           R"("first_at_s": 0.012)",
                           R"("errno": "EOVERFLOW")",
                           R"("confirmed": true)",
                           R"("ip": "0xf7f0002a")",
                           R"("offset": "0x1002a")",
                           R"("function_offset": "0x2a")",
                           R"("build_id": "ab12")",
                           R"("module": null)",
                           R"("inlined": true)",
                           R"("line": 71)",
                           R"("hint": "rebuild it")",
                           R"("said": [)"}) {
    CHECK_THAT(json, Catch::Contains(part));
  }
}

TEST_CASE("json has null for what is not known", "[report]") {
  Finding bare;
  bare.id = "time.wrapped";
  RunInfo run;
  const std::string json = render("json", run, {bare});
  for (const char* part :
       {R"("syscall": null)", R"("api": null)", R"("value": null)", R"("clock": null)",
        R"("stack": [])", R"("coverage": {})", R"("code": null)"}) {
    CHECK_THAT(json, Catch::Contains(part));
  }
  CHECK_THAT(render("json", run, {}), Catch::Contains(R"("findings": [])"));
}

TEST_CASE("a long name does not push its module out of the column", "[report]") {
  Stack stack = sample_stack();
  stack[1].function = std::string(60, 'f');
  const auto lines = stack_lines(stack, false);
  REQUIRE(lines.size() == stack.size() + 1);
  CHECK(lines[1] == std::string(60, 'f') + "+0x1b");
  CHECK(lines[2].find("libsudo_util.so.0") == lines[0].find("libc.so.6"));
}

TEST_CASE("text is made printable", "[report]") {
  struct Row {
    std::string raw;
    std::string shown;
  };
  const std::vector<Row> rows = {
      {"", ""},
      {"plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
      {std::string("\0\x1b\x7f", 3), "\\x00\\x1b\\x7f"},
      {"\xc2\x9b", "\\u{9b}"},
      {"\xe2\x80\xae", "\\u{202e}"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc3", "\\xc3"},
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xc0\xaf", "\\xc0\\xaf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"\x80x", "\\x80x"},
  };
  for (const Row& row : rows) CHECK(printable(row.raw) == row.shown);
}

TEST_CASE("text is wrapped at spaces", "[report]") {
  using Lines = std::vector<std::string>;
  CHECK(wrap("", 10) == Lines{""});
  CHECK(wrap("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrap("averyveryverylongword b", 5) == Lines{"averyveryverylongword", "b"});
  CHECK(wrap("\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9", 5) == Lines{"\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9"});
  CHECK(wrap("    ", 2).size() >= 1);
}

}  // namespace
}  // namespace ttrace
