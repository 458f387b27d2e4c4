#include "tracer/intercept/boot_line.h"

#include <catch2/catch.hpp>

namespace ttrace {
namespace {

const std::string kText = "cpu  1 2 3\nbtime 1700000000\nprocesses 5\nxbtime 1700000000\n";
const std::string kShown = "cpu  1 2 3\nbtime 2147500117\nprocesses 5\nxbtime 1700000000\n";

TEST_CASE("the time of boot is rewritten, in pieces of any size", "[boot]") {
  for (std::size_t size = 1; size <= kText.size(); ++size) {
    BootLine line;
    std::string all;
    for (std::size_t at = 0; at < kText.size(); at += size) {
      std::string piece = kText.substr(at, size);
      line.rewrite(piece, at, 2147500117);
      all += piece;
    }
    CHECK(all == kShown);
  }
}

TEST_CASE("read from the start again, the line is rewritten again", "[boot]") {
  BootLine line;
  for (int i = 0; i < 2; ++i) {
    std::string text = kText;
    line.rewrite(text, 0, 2147500117);
    CHECK(text == kShown);
  }
}

TEST_CASE("what cannot be placed in the file is left as it is", "[boot]") {
  BootLine line;
  std::string text = kText;
  line.rewrite(text, 7, 2147500117);
  CHECK(text == kText);
}

TEST_CASE("a number keeps its length", "[boot]") {
  BootLine line;
  std::string text = "btime 1700000000\n";
  line.rewrite(text, 0, 99999);
  CHECK(text == "btime 0000099999\n");
  line.rewrite(text, 0, 10'000'000'000);
  CHECK(text == "btime 0000099999\n");
  line.rewrite(text, 0, -5);
  CHECK(text == "btime 0000000000\n");
}

}  // namespace
}  // namespace ttrace
