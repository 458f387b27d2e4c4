// /proc/net/tcp: which connects are under way, and since when.
#include "tracer/session/tcp_table.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace ttrace {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHeading =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";

std::vector<TcpConnect> parse(const std::string& lines, bool v6 = false) {
  std::istringstream table(kHeading + lines);
  return parse_tcp_table(table, v6);
}

TEST_CASE("connects under way are found in the table", "[tcp]") {
  const auto found = parse(
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 100 1 x\n"
      "   1: 0109090A:D3A2 0100090A:0050 02 00000001:00000000 01:0000004B 00000003 0 0 4711 2 x\n");
  REQUIRE(found.size() == 1);
  const SocketAddress to = describe(found[0].to);
  CHECK(to.address == "10.9.0.1");
  CHECK(to.port == 80u);
  CHECK(found[0].inode == 4711);
  CHECK(found[0].resent == 3);
  CHECK(found[0].due == 750ms);
}

TEST_CASE("IPv6 addresses are read in words", "[tcp]") {
  const auto found = parse(
      "   0: 00000000000000000000000001000000:9C40 B80D0120000000000000000001000000:01BB 02 "
      "00000001:00000000 01:00000064 00000000 0 0 12 2 x\n",
      true);
  REQUIRE(found.size() == 1);
  CHECK(describe(found[0].to).address == "2001:db8::1");
  CHECK(describe(found[0].to).port == 443u);
}

TEST_CASE("lines that make no sense are left out", "[tcp]") {
  CHECK(parse("").empty());
  CHECK(parse("1: 2 3\n\n:::: : : :\n").empty());
  CHECK(parse("   1: 0109090A:D3A2 01:0050 02 0:0 01:0000004B 00000003 0 0 4711 2 x\n").empty());
  CHECK(parse("   1: 0109090A:D3A2 0100090Z:0050 02 0:0 01:0000004B 0 0 0 4711 2 x\n").empty());
}

TEST_CASE("the age of a connect follows from the next SYN", "[tcp]") {
  const auto age = [](unsigned resent, std::chrono::milliseconds due, unsigned linear) {
    TcpConnect connect;
    connect.resent = resent;
    connect.due = due;
    return age_of(connect, linear);
  };
  CHECK(age(0, 1000ms, 0) == 0ms);
  CHECK(age(0, 250ms, 0) == 750ms);
  CHECK(age(1, 2000ms, 0) == 1s);  // 1, then 2, 4, 8 …
  CHECK(age(3, 500ms, 0) == 14500ms);
  CHECK(age(4, 1000ms, 4) == 4s);  // four times a second, and once more
  CHECK(age(5, 1500ms, 4) == 5500ms);
  CHECK(age(6, 3000ms, 4) == 8s);
  CHECK(age(255, 0ms, 0) > 1h);  // no overflow
}

}  // namespace
}  // namespace ttrace
