// The formats for other programs: what each says of an event and a finding, by the rules of its
// standard.
#include <tinyxml2.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "analyzers/event_text.h"
#include "analyzers/finding_kinds.h"
#include "analyzers/fingerprint.h"
#include "analyzers/report/renderer.h"

namespace ttrace {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

std::unique_ptr<Renderer> renderer(const std::string& format) {
  for (const FormatEntry& entry : format_registry()) {
    if (entry.name == format) return entry.make();
  }
  throw std::logic_error("no such format");
}

/// The whole report of a run with these events and findings.
std::string report(const std::string& format, const std::vector<Event>& events,
                   const std::vector<Finding>& findings, const ReportOptions& options = {}) {
  const auto made = renderer(format);
  std::string text;
  for (const Event& event : events) text += made->on_event(event, options);
  RunInfo run;
  run.version = "1.2.3";
  run.command = {"sudo", "ls"};
  run.duration = milliseconds(500);
  return text + made->render(run, findings, options);
}

template <typename What>
Event event_at(int ms, int pid, const std::string& comm, What what) {
  Event event;
  event.at = milliseconds(ms);
  event.process = {pid, pid, comm, "/bin/" + comm, "i386"};
  event.what = std::move(what);
  return event;
}

Frame frame_of(const std::string& module, const std::string& function) {
  Frame frame;
  frame.ip = 0x1000;
  frame.module = module;
  frame.offset = 0x20;
  if (!function.empty()) frame.function = function;
  return frame;
}

Finding sample() {
  Finding finding;
  finding.id = "time.eoverflow";
  finding.level = Level::kError;
  finding.message = "time() failed [here](x) & <there>";
  finding.first_at = milliseconds(12);
  finding.process = {12, 12, "sudo", "/bin/sudo", "i386"};
  finding.syscall = SyscallText{"time", {}, -1};
  finding.stack = {frame_of("/lib/libc.so.6", "time"), frame_of("/bin/sudo", "main")};
  return finding;
}

Connect connect_of(bool blocking, int started_ms, int lasted_ms) {
  Connect connect;
  connect.to = {"AF_INET", "127.0.0.1", 80, "http"};
  connect.blocking = blocking;
  connect.started = milliseconds(started_ms);
  connect.duration = milliseconds(lasted_ms);
  connect.error = ETIMEDOUT;
  return connect;
}

std::vector<Event> sample_events() {
  return {event_at(1, 10, "sh", ProcessExeced{}),
          event_at(2, 11, "sh", ProcessStarted{10}),
          event_at(3, 11, "ls", ProcessExeced{}),
          event_at(40, 11, "ls", connect_of(true, 10, 30)),
          event_at(50, 11, "ls", connect_of(false, 20, 25)),
          event_at(60, 11, "ls", ProcessExited{0, {}})};
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST_CASE("jsonl is a line for each event, finding and run", "[formats]") {
  const auto lines = lines_of(report("jsonl", sample_events(), {sample()}));
  REQUIRE(lines.size() == 8);
  CHECK(lines[1].at("kind") == "process-started");
  CHECK(lines[1].at("parent") == 10);
  CHECK(lines[3].at("text") == "connect to 127.0.0.1:80 (http), 30 ms, ETIMEDOUT");
  CHECK(lines[3].at("errno") == "ETIMEDOUT");
  CHECK(lines[3].at("to").at("port") == 80);
  CHECK(lines[6].at("type") == "finding");
  CHECK(lines[6].at("id") == "time.eoverflow");
  CHECK(lines[7].at("type") == "run");
  CHECK(lines[7].at("schema") == "ttrace-report/1");
}

TEST_CASE("jsonl tells of an event when it comes", "[formats]") {
  const auto jsonl = renderer("jsonl");
  CHECK_THAT(jsonl->on_event(sample_events()[0], {}), Catch::EndsWith("}\n"));
}

TEST_CASE("the stack of an event is as deep as was asked for", "[formats]") {
  Event event = event_at(1, 10, "sh", ClockSet{});
  std::get<ClockSet>(event.what).stack = Stack(9, frame_of("/bin/sh", "main"));
  ReportOptions shallow;
  shallow.stack_depth = 2;
  CHECK(lines_of(report("jsonl", {event}, {}, shallow))[0].at("stack").size() == 2);
}

json trace_of(const std::vector<Event>& events, const std::vector<Finding>& findings) {
  return json::parse(report("trace", events, findings));
}

std::vector<json> of_phase(const json& trace, const std::string& phase) {
  std::vector<json> found;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("ph") == phase) found.push_back(event);
  }
  return found;
}

TEST_CASE("a trace has programs and blocking connects as slices", "[formats]") {
  const auto slices = of_phase(trace_of(sample_events(), {}), "X");
  REQUIRE(slices.size() == 4);
  CHECK(slices[0].at("name") == "sh");
  CHECK(slices[0].at("ts") == 2000.0);
  CHECK(slices[0].at("dur") == 1000.0);
  CHECK(slices[1].at("name") == "connect 127.0.0.1:80");
  CHECK(slices[1].at("dur") == 30000.0);
  CHECK(slices[2].at("name") == "ls");
  CHECK(slices[2].at("args").at("end") == "exits with status 0");
  CHECK(slices[3].at("pid") == 10);
  CHECK(slices[3].at("dur") == 499000.0);
}

TEST_CASE("a connect that does not block has a track of its own in a trace", "[formats]") {
  const json trace = trace_of(sample_events(), {});
  REQUIRE(of_phase(trace, "b").size() == 1);
  REQUIRE(of_phase(trace, "e").size() == 1);
  CHECK(of_phase(trace, "b")[0].at("id") == of_phase(trace, "e")[0].at("id"));
  CHECK(of_phase(trace, "e")[0].at("ts") == 45000.0);
}

TEST_CASE("a trace names processes, joins a fork by an arrow, and marks findings", "[formats]") {
  const json trace = trace_of(sample_events(), {sample()});
  CHECK(of_phase(trace, "s")[0].at("pid") == 10);
  CHECK(of_phase(trace, "f")[0].at("pid") == 11);
  const auto names = of_phase(trace, "M");
  CHECK(std::any_of(names.begin(), names.end(), [](const json& event) {
    return event.at("name") == "process_name" && event.at("pid") == 11 &&
           event.at("args").at("name") == "ls (i386)";
  }));
  REQUIRE(of_phase(trace, "i").size() == 1);
  CHECK(of_phase(trace, "i")[0].at("name") == "time.eoverflow");
  CHECK(of_phase(trace, "i")[0].at("args").at("level") == "error");
}

TEST_CASE("a trace of nothing is still a trace", "[formats]") {
  CHECK(trace_of({}, {}).at("traceEvents").empty());
  CHECK(trace_of({event_at(1, 1, "x", ProcessExited{})}, {}).at("traceEvents").size() == 3);
}

json sarif_run(const std::vector<Finding>& findings) {
  return json::parse(report("sarif", {}, findings)).at("runs").at(0);
}

TEST_CASE("sarif has a rule for each id, and results name it", "[formats]") {
  Finding other = sample();
  other.id = "connect.failed";
  other.level = Level::kNote;
  const json run = sarif_run({sample(), other, sample()});
  const json rules = run.at("tool").at("driver").at("rules");
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].at("id") == "time.eoverflow");
  CHECK(rules[0].at("name") == "TimeEoverflow");
  CHECK(rules[0].at("defaultConfiguration").at("level") == "error");
  CHECK(run.at("results")[1].at("ruleIndex") == 1);
  CHECK(run.at("results")[2].at("ruleIndex") == 0);
  CHECK(run.at("results")[1].at("level") == "note");
}

TEST_CASE("a sarif result lies where the program calls the C library", "[formats]") {
  Finding finding = sample();
  const auto place = [&] {
    return sarif_run({finding}).at("results")[0].at("locations")[0].at("physicalLocation");
  };
  CHECK(place().at("artifactLocation").at("uri") == "bin/sudo");
  CHECK(place().at("artifactLocation").at("uriBaseId") == "TARGETROOT");
  finding.stack[1].file = "src/a b.c";
  finding.stack[1].line = 7;
  CHECK(place().at("artifactLocation").at("uri") == "src/a%20b.c");
  CHECK(place().at("artifactLocation").at("uriBaseId") == "SRCROOT");
  CHECK(place().at("region").at("startLine") == 7);
  finding.stack.clear();
  CHECK(place().at("artifactLocation").at("uri") == "bin/sudo");
}

TEST_CASE("a target writes no links into sarif", "[formats]") {
  CHECK_THAT(sarif_run({sample()}).at("results")[0].at("message").at("text").get<std::string>(),
             Catch::Contains("[here\\](x)"));
}

TEST_CASE("a fingerprint stays the same from run to run, and with the finding", "[formats]") {
  const std::string first = fingerprint(sample());
  Finding finding = sample();
  finding.process.pid = finding.process.tid = 999;
  finding.first_at = milliseconds(77);
  finding.count = 5;
  finding.message = "at another time";
  finding.stack[1].ip = 0x9999;
  finding.stack[1].offset = 0x9999;  // the same function, compiled anew
  CHECK(fingerprint(finding) == first);
  finding.stack[1].function = "other";
  CHECK(fingerprint(finding) != first);
  finding = sample();
  finding.id = "time.wrapped";
  CHECK(fingerprint(finding) != first);
  finding = sample();
  finding.connect.emplace();
  CHECK(fingerprint(finding) != first);
}

TEST_CASE("junit has a failed test for each finding of the level", "[formats]") {
  Finding note = sample();
  note.level = Level::kNote;
  tinyxml2::XMLDocument document;
  REQUIRE(document.Parse(report("junit", {}, {sample(), note}).c_str()) == tinyxml2::XML_SUCCESS);
  const auto* const suite = document.RootElement()->FirstChildElement("testsuite");
  CHECK(suite->IntAttribute("tests") == 3);
  CHECK(suite->IntAttribute("failures") == 1);
  const auto* const run = suite->FirstChildElement("testcase");
  CHECK(run->Attribute("name") == std::string("sudo ls"));
  const auto* const failed = run->NextSiblingElement();
  CHECK(failed->FirstChildElement("failure")->Attribute("message") == sample().message);
  CHECK(failed->NextSiblingElement()->FirstChildElement("failure") == nullptr);
  ReportOptions strict;
  strict.fail_level = Level::kNote;
  CHECK_THAT(report("junit", {}, {sample(), note}, strict), Catch::Contains("failures=\"2\""));
}

TEST_CASE("verbose text has a line for each event", "[formats]") {
  CHECK_THAT(report("text", sample_events(), {}), Catch::StartsWith("ttrace: no findings"));
  ReportOptions verbose;
  verbose.verbose = true;
  CHECK_THAT(report("text", sample_events(), {}, verbose),
             Catch::Contains("   0.002 s  sh[11]  starts, made by 10\n") &&
                 Catch::Contains(
                     "   0.040 s  ls[11]  connect to 127.0.0.1:80 (http), 30 ms, ETIMEDOUT\n"));
}

TEST_CASE("every id of README's table has its kind", "[formats]") {
  std::ifstream readme(TTRACE_SOURCE "/README.md");
  std::vector<std::string> ids;
  const std::regex row("^\\| `([a-z0-9]+\\.[a-z0-9-]+)` \\|.*");
  std::smatch match;
  for (std::string line; std::getline(readme, line);) {
    if (std::regex_match(line, match, row)) ids.push_back(match[1]);
  }
  CHECK(ids.size() == finding_kinds().size());
  for (const std::string& id : ids) {
    CAPTURE(id);  // to be added to analyzers/finding_kinds.cc
    CHECK(find_kind(id) != nullptr);
  }
}

}  // namespace
}  // namespace ttrace
