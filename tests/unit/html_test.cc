// The HTML report: what is in the file, and that no target can put anything else there.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzers/report/html_page.h"
#include "analyzers/report/renderer.h"
#include "analyzers/report/timeline.h"

namespace ttrace {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// The JSON in the page.
json data_of(const std::string& page) {
  const std::string opening = R"(<script id="data" type="application/json">)";
  const auto begin = page.find(opening) + opening.size();
  return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

HtmlRow row_of(const std::string& message) {
  HtmlRow row;
  row.id = "time.eoverflow";
  row.level = Level::kError;
  row.message = message;
  return row;
}

TEST_CASE("a page has its rows, each string once", "[html]") {
  HtmlPage page;
  page.add(row_of("one"));
  page.add(row_of("two"));
  page.add(row_of("one"));
  const json data = data_of(page.take({{"title", "x"}}));
  CHECK(data.at("title") == "x");
  REQUIRE(data.at("rows").size() == 3);
  CHECK(data.at("rows")[0][2] == data.at("rows")[2][2]);
  CHECK(data.at("strings")[data.at("rows")[1][2].get<std::size_t>()] == "two");
  CHECK(data.at("kinds").size() == 1);
}

TEST_CASE("a page names the frame to be mended", "[html]") {
  Stack stack(2);
  stack[0].module = "/lib/libc.so.6";
  stack[1].module = "/bin/x";
  HtmlPage page;
  HtmlRow row = row_of("one");
  row.stacks.emplace_back("Stack", &stack);
  page.add(row);
  page.add(row);
  const json data = data_of(page.take(Json::object()));
  CHECK(data.at("rows")[0][11][0][2] == 1);
  CHECK(data.at("stacks").size() == 1);
}

TEST_CASE("no string ends a page's script or begins a comment", "[html]") {
  HtmlPage page;
  page.add(row_of("</script><!--<script>[[script]]\xe2\x80\xa8\xff"));
  const std::string file = page.take(Json::object());
  const std::string shown = data_of(file).at("strings")[0];
  CHECK(shown == "</script><!--<script>[[script]]\\u{2028}\\xff");
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = file.find("</script>", at)) != std::string::npos; ++at) ++ends;
  CHECK(ends == 2);
  CHECK(file.find("<!--") == std::string::npos);
}

Event event_at(int ms, int pid, decltype(Event::what) what) {
  Event event;
  event.at = milliseconds(ms);
  event.process = {pid, pid, "sh", "/bin/sh", "i386"};
  event.what = std::move(what);
  return event;
}

TEST_CASE("a time line has a lane for each process and a span for each program", "[html]") {
  Timeline timeline;
  timeline.on_event(event_at(1, 10, ProcessExeced{}));
  timeline.on_event(event_at(2, 11, ProcessStarted{10}));
  timeline.on_event(event_at(3, 11, ProcessExeced{}));
  Connect connect;
  connect.started = milliseconds(4);
  connect.duration = milliseconds(5);
  connect.slow = milliseconds(1);
  connect.error = ETIMEDOUT;
  timeline.on_event(event_at(9, 11, connect));
  timeline.on_event(event_at(20, 11, ProcessExited{1, {}}));
  const auto lanes = timeline.take(milliseconds(30));
  REQUIRE(lanes.size() == 2);
  REQUIRE(lanes[0].programs.size() == 1);
  CHECK(lanes[0].programs[0].length == milliseconds(29));
  REQUIRE(lanes[1].programs.size() == 2);
  CHECK(lanes[1].programs[1].length == milliseconds(17));
  CHECK(lanes[1].programs[1].end == "exits with status 1");
  REQUIRE(lanes[1].connects.size() == 1);
  CHECK(lanes[1].connects[0].severity == 2);
}

TEST_CASE("a time line is bounded, and says what it left out", "[html]") {
  Timeline timeline;
  const int many = static_cast<int>(Timeline::kMaxLanes) + 5;
  for (int pid = 1; pid <= many; ++pid) timeline.on_event(event_at(1, pid, ProcessExeced{}));
  CHECK(timeline.dropped() == 5);
  for (std::size_t i = 0; i < Timeline::kMaxSpans; ++i)
    timeline.on_event(event_at(2, 1, Connect{}));
  CHECK(timeline.dropped() == 5 + Timeline::kMaxLanes);
  CHECK(timeline.take(milliseconds(3)).size() == Timeline::kMaxLanes);
}

TEST_CASE("the report of a run is a page", "[html]") {
  for (const FormatEntry& entry : format_registry()) {
    if (entry.name != "html") continue;
    const auto renderer = entry.make();
    CHECK(renderer->on_event(event_at(1, 10, ProcessExeced{}), {}).empty());
    RunInfo run;
    run.command = {"sudo", "ls"};
    run.limits = {"a limit"};
    const json data = data_of(renderer->render(run, {}, {}));
    CHECK(data.at("title") == "sudo ls");
    CHECK(data.at("limits")[0] == "a limit");
    CHECK(data.at("rows").empty());
    CHECK(data.at("timeline").at("lanes").size() == 1);
  }
}

}  // namespace
}  // namespace ttrace
