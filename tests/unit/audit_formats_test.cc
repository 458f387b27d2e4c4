// An audit as a page, as SARIF and for build servers.
#include <tinyxml2.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzers/audit/fingerprint.h"
#include "analyzers/audit/renderer.h"
#include "analyzers/report/sarif_parts.h"

namespace ttrace::audit {
namespace {

using nlohmann::json;

Report sample() {
  Report report;
  report.run.version = "1.2.3";
  report.trees = {{"/srv/root", "root"}};
  report.packages.resize(2);
  report.packages[1].name = "sudo";
  report.packages[1].verdict = Verdict::kBreaks;
  report.packages[1].files = 2;
  File program;
  program.path = "/usr/bin/sudo";
  program.package = 1;
  program.kind = Kind::kProgram;
  program.verdict = Verdict::kBreaks;
  Finding finding;
  finding.id = "audit.through-library";
  finding.level = Level::kError;
  finding.symbol = "time";
  finding.library = "/usr/lib/libx.so";
  Finding known = finding;
  known.in_baseline = true;
  Finding note;
  note.id = "audit.duration";
  note.symbol = "select";
  program.findings = {finding, known, note};
  File broken;
  broken.path = "/usr/bin/</script>";
  broken.why = "cut short";
  report.files = {program, broken};
  report.taints = {{0, "/usr/lib/libx.so", "", "time", Level::kError}};
  return report;
}

std::string rendered(const std::string& name, const ReportOptions& options = {}) {
  for (const Format& format : formats()) {
    if (format.name == name) return format.render(sample(), options);
  }
  throw std::logic_error("no such format");
}

json page_data() {
  const std::string page = rendered("html");
  const std::string opening = R"(<script id="data" type="application/json">)";
  const auto begin = page.find(opening) + opening.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

TEST_CASE("the page of an audit has what is new, and files that could not be judged", "[audit]") {
  const json data = page_data();
  CHECK(data.at("rows").size() == 3);
  CHECK(data.at("title") == "/srv/root");
  REQUIRE(data.at("taints").size() == 1);
  CHECK(data.at("strings")[data.at("taints")[0][1].get<std::size_t>()] == "/usr/lib/libx.so");
  REQUIRE(data.at("tables")[0].at("rows").size() == 1);
  CHECK(data.at("tables")[0].at("rows")[0][0] == "sudo");
  CHECK(data.at("tables")[0].at("rows")[0][3] == "breaks");
}

TEST_CASE("an audit's sarif names file, symbol and library", "[audit]") {
  const json run = json::parse(rendered("sarif")).at("runs").at(0);
  REQUIRE(run.at("results").size() == 2);
  const json first = run.at("results")[0];
  const json place = first.at("locations")[0];
  CHECK(place.at("physicalLocation").at("artifactLocation").at("uri") == "usr/bin/sudo");
  CHECK(place.at("logicalLocations")[0].at("name") == "time");
  CHECK(first.at("relatedLocations").size() == 1);
  CHECK(run.at("originalUriBaseIds").at("TARGETROOT").at("uri") == "file:///srv/root/");
  CHECK(run.at("invocations")[0].at("toolExecutionNotifications").size() == 1);
}

TEST_CASE("an audit's junit has a test for each file", "[audit]") {
  tinyxml2::XMLDocument document;
  REQUIRE(document.Parse(rendered("junit").c_str()) == tinyxml2::XML_SUCCESS);
  const auto* const suite = document.RootElement()->FirstChildElement("testsuite");
  CHECK(suite->IntAttribute("tests") == 2);
  CHECK(suite->IntAttribute("failures") == 2);
  const auto* const test = suite->FirstChildElement("testcase");
  CHECK(test->Attribute("classname") == std::string("ttrace.audit.sudo"));
  CHECK(test->FirstChildElement("failure") != nullptr);
}

TEST_CASE("a sarif log keeps the worst results when there are too many", "[audit]") {
  sarif::Quota quota;
  for (std::size_t i = 0; i < sarif::kMostResults; ++i) quota.count(Level::kNote);
  for (int i = 0; i < 3; ++i) quota.count(Level::kError);
  quota.count(Level::kWarning);
  std::size_t notes = 0;
  for (std::size_t i = 0; i < sarif::kMostResults; ++i) notes += quota.has_room(Level::kNote);
  CHECK(notes == sarif::kMostResults - 4);
  for (int i = 0; i < 3; ++i) CHECK(quota.has_room(Level::kError));
  CHECK(quota.has_room(Level::kWarning));
  CHECK(quota.left_out() == 4);
}

TEST_CASE("a fingerprint of an audit's finding is of its file and its way", "[audit]") {
  const Report report = sample();
  const File& file = report.files[0];
  const std::string first = fingerprint(file, file.findings[0]);
  CHECK(first.size() == 32);
  CHECK(fingerprint(file, file.findings[1]) == first);
  CHECK(fingerprint(file, file.findings[2]) != first);
  CHECK(fingerprint(report.files[1], file.findings[0]) != first);
}

}  // namespace
}  // namespace ttrace::audit
