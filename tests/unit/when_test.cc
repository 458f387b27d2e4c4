// WHEN: every form that is accepted, and what is said about the ones that are not.
#include "tracer/clock/when.h"

#include <catch2/catch.hpp>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

// 2026-02-28T22:30:15.25Z
constexpr WallTime kNow{1'772'317'815, 250'000'000};

struct Good {
  const char* text;
  const char* utc;
};

struct Bad {
  const char* text;
  const char* message;  // a part of it
  const char* hint;     // a part of it
};

UserError error_of(const char* text) {
  try {
    const WallTime time = parse_when(text, kNow);
    FAIL("'" << text << "' was taken as " << format_utc(time));
  } catch (const UserError& error) {
    return error;
  }
  throw std::logic_error("not reached");
}

TEST_CASE("an absolute time is read", "[when]") {
  const Good good = GENERATE(values<Good>({
      {"2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z"},
      {"2038-01-19t03:14:08z", "2038-01-19T03:14:08Z"},
      {"2038-01-19 03:14:08", "2038-01-19T03:14:08Z"},
      {"2038-01-19 12:14:00+09:00", "2038-01-19T03:14:00Z"},
      {"2038-01-19T12:14:00+0900", "2038-01-19T03:14:00Z"},
      {"2038-01-19T12:14:00+09", "2038-01-19T03:14:00Z"},
      {"2038-01-19 00:14:00 -03:30", "2038-01-19T03:44:00Z"},
      {"2038-01-19T03:14", "2038-01-19T03:14:00Z"},
      {"2038-01-19T03:14Z", "2038-01-19T03:14:00Z"},
      {"2038-01-19T03:14:08.5Z", "2038-01-19T03:14:08.5Z"},
      {"2038-01-19T03:14:08,000000001Z", "2038-01-19T03:14:08.000000001Z"},
      {"2038-01-19T03:14:08.1234567899Z", "2038-01-19T03:14:08.123456789Z"},
      {"2038-01-19", "2038-01-19T12:00:00Z"},
      {"2040-02-29", "2040-02-29T12:00:00Z"},
      {"1902-01-01T00:00:00Z", "1902-01-01T00:00:00Z"},
      {"1969-12-31T23:59:59.75Z", "1969-12-31T23:59:59.75Z"},
      {"2446-05-11", "2446-05-11T12:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
      {"2037-12-31T23:59:59-23:59", "2038-01-01T23:58:59Z"},
  }));
  CAPTURE(good.text);
  CHECK(format_utc(parse_when(good.text, kNow)) == good.utc);
}

TEST_CASE("seconds since the epoch are read", "[when]") {
  const Good good = GENERATE(values<Good>({
      {"@0", "1970-01-01T00:00:00Z"},
      {"@2147483648", "2038-01-19T03:14:08Z"},
      {"@+2147483648", "2038-01-19T03:14:08Z"},
      {"@2147483647.999", "2038-01-19T03:14:07.999Z"},
      {"@-1", "1969-12-31T23:59:59Z"},
      {"@-1.5", "1969-12-31T23:59:58.5Z"},
      {"@-0.25", "1969-12-31T23:59:59.75Z"},
      {"@.5", "1970-01-01T00:00:00.5Z"},
      {"@253402300799", "9999-12-31T23:59:59Z"},
  }));
  CAPTURE(good.text);
  CHECK(format_utc(parse_when(good.text, kNow)) == good.utc);
}

TEST_CASE("a relative time counts from now", "[when]") {
  const Good good = GENERATE(values<Good>({
      {"now", "2026-02-28T22:30:15.25Z"},
      {"+0s", "2026-02-28T22:30:15.25Z"},
      {"+12y", "2038-02-28T22:30:15.25Z"},
      {"+12years", "2038-02-28T22:30:15.25Z"},
      {"-3d", "2026-02-25T22:30:15.25Z"},
      {"+90min", "2026-03-01T00:00:15.25Z"},
      {"+5h", "2026-03-01T03:30:15.25Z"},
      {"+1.5s", "2026-02-28T22:30:16.75Z"},
      {"-0.5s", "2026-02-28T22:30:14.75Z"},
      {"+0.75s", "2026-02-28T22:30:16Z"},
      {"+2w", "2026-03-14T22:30:15.25Z"},
      {"+0.5d", "2026-03-01T10:30:15.25Z"},
      {"+1mon", "2026-03-28T22:30:15.25Z"},
      {"-2months", "2025-12-28T22:30:15.25Z"},
      {"+1y6mon", "2027-08-28T22:30:15.25Z"},
      {"+1d-2h", "2026-03-01T20:30:15.25Z"},
      {"-1d2h", "2026-02-27T20:30:15.25Z"},
  }));
  CAPTURE(good.text);
  CHECK(format_utc(parse_when(good.text, kNow)) == good.utc);
}

TEST_CASE("a day is cut to the length of the month it lands in", "[when]") {
  const WallTime leap = parse_when("2024-02-29T01:02:03Z", kNow);
  CHECK(format_utc(parse_when("+1y", leap)) == "2025-02-28T01:02:03Z");
  CHECK(format_utc(parse_when("+4y", leap)) == "2028-02-29T01:02:03Z");
  const WallTime january = parse_when("2026-01-31T00:00:00Z", kNow);
  CHECK(format_utc(parse_when("+1mon", january)) == "2026-02-28T00:00:00Z");
}

TEST_CASE("a time that does not exist or has no meaning is an error with a hint", "[when]") {
  const Bad bad = GENERATE(values<Bad>({
      {"", "empty", "2038-01-19"},
      {"tomorrow", "year", "2038-01-19"},
      {"2038", "'-' is missing", "2038-01-19"},
      {"2147483648", "four digits", "@2147483648"},
      {"12038-01-19", "four digits", "2038-01-19"},
      {"2038-1-19", "month", "2038-01-19"},
      {"2038-01", "day is missing", "2038-01-19"},
      {"2038-02-30", "does not exist", "February 2038 has 28 days"},
      {"2040-02-30", "does not exist", "February 2040 has 29 days"},
      {"2038-04-31", "does not exist", "April 2038 has 30 days"},
      {"2038-01-00", "does not exist", "January 2038 has 31 days"},
      {"2038-13-01", "no month 13", "01 to 12"},
      {"2038-00-01", "no month 0", "01 to 12"},
      {"2038-01-19T", "hour", "2038-01-19"},
      {"2038-01-19T03", "minutes are missing", "2038-01-19"},
      {"2038-01-19T24:00:00Z", "no hour 24", "2038-01-19"},
      {"2038-01-19T03:60:00Z", "no minute 60", "2038-01-19"},
      {"2038-01-19T03:14:60Z", "no second 60", "leap seconds"},
      {"2038-01-19T03:14:61Z", "no second 61", "2038-01-19"},
      {"2038-01-19T03:14:08.Z", "decimal point", "2038-01-19"},
      {"2038-01-19T03:14:08 CET", "no offset", "names of time zones"},
      {"2038-01-19T03:14:08+9", "offset hour", "2038-01-19"},
      {"2038-01-19T03:14:08+09:", "offset minute", "2038-01-19"},
      {"2038-01-19T03:14:08Z!", "no meaning", "2038-01-19"},
      {"2038-01-19x", "not a time", "2038-01-19"},
      {"@", "number of seconds", "2038-01-19"},
      {"@12x", "number of seconds", "2038-01-19"},
      {"@--1", "number of seconds", "2038-01-19"},
      {"@nan", "number of seconds", "2038-01-19"},
      {"+", "number is missing", "+12y"},
      {"-", "number is missing", "+12y"},
      {"+12", "unit is missing", "+12y"},
      {"+12 y", "unit is missing", "+12y"},
      {"+y", "number is missing", "+12y"},
      {"+5m", "minutes or months", "+12y"},
      {"+5parsecs", "'parsecs' is no unit", "+12y"},
      {"+1.5y", "whole numbers", "+12y"},
      {"+1y2", "unit is missing", "+12y"},
      {"-2038-01-19", "unit is missing", "+12y"},
  }));
  const UserError error = error_of(bad.text);
  CAPTURE(bad.text, error.what(), error.hint());
  CHECK_THAT(error.what(), Catch::Contains(bad.message));
  CHECK_THAT(error.hint(), Catch::Contains(bad.hint));
  CHECK(error.exit_status() == 125);
}

TEST_CASE("a time out of range is an error that says why", "[when]") {
  const auto* text = GENERATE("1901-12-31", "0000-01-01", "@-2145916801", "@-2145916800.5", "-200y",
                              "-99999999999999999999s", "-9999999999999999999999y",
                              "-9000y-9000y-9000y-9000y", "@-99999999999999999999");
  const UserError early = error_of(text);
  CAPTURE(text);
  CHECK_THAT(early.what(), Catch::Contains("too early") && Catch::Contains("1902-01-01T00:00:00Z"));
  CHECK_THAT(early.hint(), Catch::Contains("1901"));
}

TEST_CASE("a time past four-digit years is an error that names the limits", "[when]") {
  const auto* text = GENERATE("@253402300800", "9999-12-31T23:59:59-00:01", "+8000y", "+99999999w",
                              "@99999999999999999999", "+99999999999999999999mon",
                              "+9000y+9000y+9000y+9000y+9000y", "+9000y9000y9000y9000y-3d");
  const UserError late = error_of(text);
  CAPTURE(text);
  CHECK_THAT(late.what(), Catch::Contains("too late"));
  CHECK_THAT(late.hint(), Catch::Contains("2262") && Catch::Contains("2446"));
}

TEST_CASE("a fraction is written only where there is one", "[when]") {
  CHECK(format_utc({0, 0}) == "1970-01-01T00:00:00Z");
  CHECK(format_utc({0, 1}) == "1970-01-01T00:00:00.000000001Z");
  CHECK(format_utc({0, 120'000'000}) == "1970-01-01T00:00:00.12Z");
  CHECK(format_utc({-2'147'483'648, 0}) == "1901-12-13T20:45:52Z");
}

TEST_CASE("a time without four-digit year is written as seconds", "[when]") {
  CHECK(format_utc({253'402'300'800, 0}) == "@253402300800");
  CHECK(format_utc({INT64_MAX, 0}) == "@9223372036854775807");
  CHECK(format_utc({INT64_MIN, 500'000'000}) == "@-9223372036854775808.5");
}

}  // namespace
}  // namespace ttrace
