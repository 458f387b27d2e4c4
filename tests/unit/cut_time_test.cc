// Cut times in text: what can only be one, and what may mean something else.
#include "analyzers/cut_time.h"

#include <catch2/catch.hpp>

namespace ttrace {
namespace {

constexpr std::int64_t kNoon2038 = 2'147'515'200;  // 2038-01-19T12:00:00Z; cut: -2147452096

std::optional<CutTime> find(std::string_view text) {
  return find_cut_time(text, kNoon2038, kNoon2038 + 60);
}

TEST_CASE("a cut time is found in any usual form", "[time]") {
  const std::pair<const char*, const char*> rows[] = {
      {"started at -2147452096", "-2147452096"},
      {"{\"t\":-2147452095,\"x\":1}", "-2147452095"},
      {"1901-12-14 05:31:44 started", "1901-12-14 05:31:44"},
      {"[1901-12-14T05:31:50Z] x", "1901-12-14T05:31:50"},
      {"1901/12/14 05:31:44", "1901/12/14 05:31:44"},
      {"Sat Dec 14 05:31:44 1901", "Dec 14 05:31:44 1901"},
      {"Sat Dec 14 05:31:44 UTC 1901\n", "Dec 14 05:31:44 UTC 1901"},
      {"Date: Sat, 14 Dec 1901 05:31:44 +0000", "14 Dec 1901 05:31:44"},
      {"::1 - [14/Dec/1901:05:31:44 +0000]", "14/Dec/1901:05:31:44"},
      {"backup-19011214T053144.tar", "19011214T053144"},
      {"backup-19011214053144.tar", "19011214053144"},
      {"in Tokyo 1901-12-14 14:31:44", "1901-12-14 14:31:44"},
      {"in Kathmandu 1901-12-14 11:16:44", "1901-12-14 11:16:44"},
  };
  for (const auto& [text, wanted] : rows) {
    CAPTURE(text);
    const auto found = find(text);
    REQUIRE(found);
    CHECK(found->text == wanted);
    CHECK(found->seconds >= kNoon2038);
    CHECK(found->seconds <= kNoon2038 + 60);
  }
}

TEST_CASE("what may mean something else is left alone", "[time]") {
  for (const char* text :
       {"", "-", "-1", "-2147452097", "-2147452035", "2147515200", "2038-01-19 12:00:00", "1901",
        "1901-12-14", "born 1901-12-13 20:45:52", "1901-12-14 05:33:44", "1901-12-14 05:31",
        "20-2147452096", "1969-12-31 23:59:59", "Sat Dec 14 05:31:44 1900"}) {
    CAPTURE(text);
    CHECK_FALSE(find(text));
  }
}

}  // namespace
}  // namespace ttrace
