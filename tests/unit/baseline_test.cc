// --baseline: what is taken from a former report, and what is left out for it.
#include "tracer/cli/baseline.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "analyzers/report/renderer.h"
#include "tracer/base/result.h"

namespace ttrace {
namespace {

Finding finding_of(const std::string& id, const std::string& exe) {
  Finding finding;
  finding.id = id;
  finding.process = {1, 1, "x", exe, "i386"};
  return finding;
}

std::string json_report(const std::vector<Finding>& findings) {
  for (const FormatEntry& entry : format_registry()) {
    if (entry.name == "json") return entry.make()->render({}, findings, {});
  }
  return "";
}

Baseline baseline_of(const std::string& text) {
  std::istringstream stream(text);
  return parse_baseline(stream, "old.json");
}

TEST_CASE("what a former report has is left out", "[baseline]") {
  const Finding old = finding_of("time.eoverflow", "/bin/a");
  const Baseline known = baseline_of(json_report({old, finding_of("time.wrapped", "/bin/a")}));
  CHECK(known.size() == 2);
  std::vector<Finding> now = {finding_of("time.eoverflow", "/bin/b"), old, old};
  CHECK(leave_out_known(now, known) == 2);
  REQUIRE(now.size() == 1);
  CHECK(now[0].process.exe == "/bin/b");
}

TEST_CASE("a report without findings is a baseline", "[baseline]") {
  CHECK(baseline_of(json_report({})).empty());
}

TEST_CASE("only the fingerprints of findings count", "[baseline]") {
  CHECK(baseline_of(R"({"fingerprint": "a", "findings": [{"x": {"fingerprint": "b"},
    "fingerprint": "c"}], "run": [{"fingerprint": "d"}], "schema": "ttrace-report/1"})") ==
        Baseline{"c"});
}

TEST_CASE("a report in jsonl is a baseline, if it is whole", "[baseline]") {
  const std::string lines = R"({"type":"event","fingerprint":"a","x":{"type":"finding"}}
{"type":"finding","fingerprint":"b","stack":[{"fingerprint":"c"}]}
{"fingerprint":"d","type":"finding"}
)";
  const std::string end = R"({"type":"run","schema":"ttrace-report/1"})";
  CHECK(baseline_of(lines + end + "\n") == Baseline{"b", "d"});
  CHECK(baseline_of(end).empty());
  CHECK_THROWS_WITH(baseline_of(lines), Catch::Contains("cut short"));
  CHECK_THROWS_AS(baseline_of(lines + end + "\nmore"), UserError);
  CHECK_THROWS_AS(baseline_of(lines + R"({"type":"finding","fingerpr)"), UserError);
  CHECK_THROWS_AS(baseline_of(lines + R"({"type":"run","schema":"ttrace-audit/1"})"), UserError);
}

TEST_CASE("what is no report is told", "[baseline]") {
  const std::string whole = json_report({finding_of("time.eoverflow", "/bin/a")});
  for (const std::string& text :
       {std::string("{}"), std::string("[]"), std::string("nonsense"), whole.substr(0, 300),
        std::string(R"({"schema": "ttrace-explore/1"})"), std::string(100'000, '['),
        std::string(R"({"schema": "ttrace-report/1", "findings": [{"id": "x"}]})")}) {
    CAPTURE(text.substr(0, 50));
    CHECK_THROWS_AS(baseline_of(text), UserError);
  }
  CHECK_THROWS_WITH(read_baseline("/nowhere/x.json"), Catch::Contains("No such file"));
  CHECK_THROWS_AS(read_baseline("/"), UserError);
  CHECK_THROWS_AS(read_baseline("/dev/null"), UserError);
}

}  // namespace
}  // namespace ttrace
