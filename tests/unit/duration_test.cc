// DURATION: units, sums, and what is refused.
#include "tracer/clock/duration.h"

#include <catch2/catch.hpp>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

struct Good {
  const char* text;
  std::int64_t ns;
};

struct Bad {
  const char* text;
  const char* message;
};

TEST_CASE("a duration is read", "[duration]") {
  const Good good = GENERATE(values<Good>({
      {"0", 0},
      {"500ms", 500'000'000},
      {"30s", 30'000'000'000},
      {"30", 30'000'000'000},
      {"1.5", 1'500'000'000},
      {"1,5", 1'500'000'000},
      {"1.5s", 1'500'000'000},
      {".5s", 500'000'000},
      {"2min", 120'000'000'000},
      {"2m", 120'000'000'000},
      {"1h", 3'600'000'000'000},
      {"1.5h", 5'400'000'000'000},
      {"1d", 86'400'000'000'000},
      {"1.999999999d", 172'799'999'913'600},
      {"7us", 7'000},
      {"7ns", 7},
      {"0.0001us", 0},
      {"1h30min", 5'400'000'000'000},
      {"9223372036s", 9'223'372'036'000'000'000},
  }));
  CAPTURE(good.text);
  CHECK(parse_duration(good.text).count() == good.ns);
}

TEST_CASE("what is no duration is an error with a hint", "[duration]") {
  const Bad bad = GENERATE(values<Bad>({
      {"", "empty"},
      {"-1s", "negative"},
      {"-0", "negative"},
      {"s", "number is missing"},
      {"abc", "number is missing"},
      {" 1s", "number is missing"},
      {"+1s", "number is missing"},
      {"1 s", "no unit"},
      {"1x", "'x' is no unit"},
      {"1S", "'S' is no unit"},
      {"1min30", "no unit"},
      {"1s!", "number is missing"},
      {"1.s", "no unit"},
      {"1e3", "'e' is no unit"},
      {"0x10", "'x' is no unit"},
      {"inf", "number is missing"},
      {"nan", "number is missing"},
      {"9223372037s", "292 years"},
      {"106752d", "292 years"},
      {"99999999999999999999999999", "292 years"},
      {"9223372036s999ms", "292 years"},
  }));
  CAPTURE(bad.text);
  try {
    const Duration length = parse_duration(bad.text);
    FAIL("taken as " << length.count() << " ns");
  } catch (const UserError& error) {
    CHECK_THAT(error.what(), Catch::Contains(bad.message));
    CHECK_THAT(error.hint(), Catch::Contains("500ms"));
    CHECK(error.exit_status() == 125);
  }
}

}  // namespace
}  // namespace ttrace
