// connect.* and process.hung from events made by hand.
#include <catch2/catch.hpp>
#include <cerrno>

#include "analyzers/analyzer.h"
#include "analyzers/builtin.h"
#include "analyzers/known_hangs.h"

namespace ttrace {
namespace {

using namespace std::chrono_literals;

Event connect_event(std::optional<int> error, std::chrono::nanoseconds duration,
                    std::chrono::nanoseconds started = 100ms) {
  Connect connect;
  connect.to = {"AF_INET", "127.0.0.1", 9050, ""};
  connect.started = started;
  connect.duration = duration;
  connect.slow = 1s;
  connect.error = error;
  connect.settled_by = "connect()";
  connect.limits = SocketLimits{};
  Event event;
  event.at = started + duration;
  event.process = {12, 12, "dirmngr", "/usr/bin/dirmngr", "x86-64"};
  event.what = connect;
  return event;
}

Connect& what(Event& event) { return std::get<Connect>(event.what); }

std::vector<Finding> analyze(const std::vector<Event>& events) {
  const auto analyzer = make_connect_analyzer();
  FindingList out;
  for (const Event& event : events) analyzer->on_event(event, out);
  analyzer->on_end(out);
  return out.all();
}

TEST_CASE("a quick success gives no finding", "[connect]") {
  CHECK(analyze({connect_event(0, 1ms), connect_event(0, 999ms)}).empty());
}

TEST_CASE("a connect that blocks is a warning, and ETIMEDOUT an error", "[connect]") {
  const auto slow = analyze({connect_event(0, 2s)});
  REQUIRE(slow.size() == 1);
  CHECK(slow[0].id == "connect.blocked");
  CHECK(slow[0].level == Level::kWarning);
  const auto timeout = analyze({connect_event(ETIMEDOUT, 5s)});
  REQUIRE(timeout.size() == 1);
  CHECK(timeout[0].level == Level::kError);
  CHECK(timeout[0].api->error == "ETIMEDOUT");
  CHECK(timeout[0].message ==
        "connect() to 127.0.0.1:9050 blocked for 5 s and failed with ETIMEDOUT; this socket has no "
        "time limit of its own");
  CHECK_THAT(timeout[0].hint, Catch::Contains("no-use-tor"));
}

TEST_CASE("a place is named as the program named it", "[connect]") {
  Event named = connect_event(ETIMEDOUT, 5s);
  what(named).to = {"AF_INET", "192.0.2.1", 443, "https", "example.org"};
  const auto findings = analyze({named});
  REQUIRE(findings.size() == 1);
  CHECK_THAT(findings[0].message, Catch::StartsWith("connect() to example.org (192.0.2.1), port "
                                                    "443 (https) blocked for 5 s"));
  CHECK(findings[0].connect->to.host == "example.org");
}

TEST_CASE("one that never ended is an error, one given up a warning", "[connect]") {
  Event blocked = connect_event({}, 3s);
  what(blocked).fate = Connect::Fate::kStillBlocked;
  CHECK(analyze({blocked}).at(0).level == Level::kError);
  Event given_up = connect_event({}, 3s);
  what(given_up).fate = Connect::Fate::kAbandoned;
  what(given_up).blocking = false;
  const auto findings = analyze({given_up});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].id == "connect.blocked");
  CHECK(findings[0].level == Level::kWarning);
  CHECK_THAT(findings[0].message, Catch::Contains("gave it up"));
  Event unasked = connect_event({}, 3s);
  what(unasked).settled_by = kUnasked;
  what(unasked).blocking = false;
  CHECK_THAT(analyze({unasked}).at(0).message,
             Catch::Contains("took 3 s and failed; the program did not ask why"));
}

TEST_CASE("one that fails at once is a note", "[connect]") {
  const auto findings =
      analyze({connect_event(EHOSTUNREACH, 1ms), connect_event(EHOSTUNREACH, 1ms)});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].id == "connect.failed");
  CHECK(findings[0].level == Level::kNote);
  CHECK(findings[0].count == 2);
  CHECK(findings[0].connect->attempts == 2);
}

TEST_CASE("a service that few machines have may be missing", "[connect]") {
  Event event = connect_event(ENOENT, 1ms);
  what(event).to = {"AF_UNIX", "/var/run/nscd/socket", {}, ""};
  CHECK(analyze({event}).empty());
  what(event).error = EACCES;
  CHECK(analyze({event}).size() == 1);
}

TEST_CASE("an injected delay shows a connect without a time limit", "[connect]") {
  Event event = connect_event(0, 500ms);
  what(event).fault = "127.0.0.1=delay:500ms";
  what(event).would_hang = true;
  const auto findings = analyze({event});
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].id == "connect.injected");
  CHECK(findings[0].level == Level::kNote);
  CHECK(findings[1].id == "connect.blocked");
  CHECK(findings[1].level == Level::kWarning);
  CHECK_THAT(findings[1].message, Catch::Contains("no time limit"));
}

TEST_CASE("attempts at one address are one finding with their sum", "[connect]") {
  const auto findings =
      analyze({connect_event(ETIMEDOUT, 5s, 0s), connect_event(ETIMEDOUT, 7s, 20s)});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].count == 2);
  CHECK(findings[0].connect->total == 12s);
  CHECK(findings[0].connect->longest == 7s);
  CHECK_THAT(findings[0].message, Catch::Contains("2 attempts took 12 s in all"));
}

TEST_CASE("a series of addresses is summed up, however quick each was", "[connect]") {
  std::vector<Event> events;
  for (int i = 0; i < 3; ++i) {
    Event event = connect_event(EHOSTUNREACH, 600ms, i * 600ms);
    what(event).to.address = "10.0.0." + std::to_string(i);
    events.push_back(event);
  }
  const auto findings = analyze(events);
  int blocked = 0;
  for (const Finding& finding : findings) {
    if (finding.id != "connect.blocked") continue;
    ++blocked;
    CHECK(finding.level == Level::kWarning);
    CHECK(finding.connect->series == 3);
    CHECK(finding.connect->series_total == 1800ms);
  }
  CHECK(blocked == 1);
  // A success between ends the series.
  std::vector<Event> broken = {events[0], connect_event(0, 1ms, 600ms), events[2]};
  for (const Finding& finding : analyze(broken)) CHECK(finding.id == "connect.failed");
}

TEST_CASE("what hung at the end is told with what it waits for", "[connect]") {
  Event event = connect_event(0, 1ms);
  ThreadBlocked blocked;
  blocked.syscall = {"read", {"0x3"}, {}};
  blocked.on = "a pipe that cat[9] has open too";
  blocked.kernel_wait = "anon_pipe_read";
  event.what = blocked;
  const auto findings = analyze({event});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].id == "process.hung");
  CHECK(findings[0].level == Level::kError);
  CHECK(
      findings[0].message ==
      "when the time was up, the thread was blocked in read(), waiting for a pipe that cat[9] has "
      "open too (in the kernel: anon_pipe_read)");
}

TEST_CASE("known hangs are matched by program, port and path", "[connect]") {
  const ProcessRef dirmngr{1, 1, "dirmngr", "/usr/bin/dirmngr", "i386"};
  const ProcessRef other{1, 1, "x", "/usr/bin/x", "i386"};
  CHECK_THAT(known_hang(dirmngr, {"AF_INET", "127.0.0.1", 9050, ""}),
             Catch::Contains("no-use-tor"));
  CHECK_THAT(known_hang(other, {"AF_INET6", "::1", 9150, ""}), !Catch::Contains("no-use-tor"));
  CHECK_THAT(known_hang(other, {"AF_UNIX", "/dev/log", {}, ""}), Catch::Contains("syslog"));
  CHECK(known_hang(other, {"AF_INET", "10.0.0.1", 4711, ""}).empty());
  CHECK(known_hang(other, {"AF_VSOCK", "cid 2", 53, ""}).empty());
}

}  // namespace
}  // namespace ttrace
