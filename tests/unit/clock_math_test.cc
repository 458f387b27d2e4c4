// The clock model's arithmetic: shim and tracer run the same code.
#include <catch2/catch.hpp>
#include <cstring>
#include <utility>
#include <vector>

#include "preload/shim/clocks.h"
#include "preload/shim/stat_layouts.h"

using namespace ttrace::shim;

namespace ttrace::shim {

static bool operator==(const Time& a, const Time& b) { return a.s == b.s && a.ns == b.ns; }

}  // namespace ttrace::shim

namespace {

constexpr Time kReal0{1800000000, 900000000};
constexpr Time kShown0{2147515200, 0};  // 2038-01-19T12:00:00Z

ClockParams at_rate(double rate) {
  ClockParams clock{};
  clock.scaled = rate != 1.0;
  clock.real0 = kReal0;
  clock.shown0 = kShown0;
  clock.offset = kShown0 - kReal0;
  clock.rate_q32 = static_cast<u64>(rate * 4294967296.0);
  clock.monotonic0 = {1000, 0};
  clock.raw0 = {900, 0};
  clock.boottime0 = {2000, 0};
  clock.first_stamp = kReal0;
  clock.horizon = kReal0 + Time{86400, 0};
  return clock;
}

constexpr u64 q32(double factor) { return static_cast<u64>(factor * 4294967296.0); }

}  // namespace

TEST_CASE("nanoseconds carry and borrow") {
  REQUIRE(Time{1, 600000000} + Time{2, 400000000} == Time{4, 0});
  REQUIRE(Time{1, 600000000} + Time{2, 399999999} == Time{3, 999999999});
  REQUIRE(Time{3, 0} - Time{1, 1} == Time{1, 999999999});
  REQUIRE(Time{1, 0} - Time{3, 1} == Time{-3, 999999999});
}

TEST_CASE("times are ordered by seconds, then by nanoseconds") {
  REQUIRE(Time{1, 999999999} < Time{2, 0});
  REQUIRE(Time{2, 0} < Time{2, 1});
  REQUIRE(!(Time{2, 1} < Time{2, 1}));
  REQUIRE(Time{-2, 999999999} < Time{-1, 0});
}

TEST_CASE("32 bits hold a second more before 1970 than after") {
  REQUIRE(fits_time32(2147483647));
  REQUIRE(!fits_time32(2147483648));
  REQUIRE(fits_time32(-2147483648LL));
  REQUIRE(!fits_time32(-2147483649LL));
}

TEST_CASE("a span is scaled to the nanosecond") {
  REQUIRE(scale({10, 500000000}, q32(1)) == Time{10, 500000000});
  REQUIRE(scale({10, 500000000}, q32(2)) == Time{21, 0});
  REQUIRE(scale({3, 0}, q32(0.5)) == Time{1, 500000000});
  REQUIRE(scale({3, 1}, q32(0)) == Time{0, 0});
  REQUIRE(scale({1, 1}, q32(1000000)) == Time{1000000, 1000000});
  REQUIRE(scale({2000000000, 999999999}, q32(1)) == Time{2000000000, 999999999});
}

TEST_CASE("a span backwards is scaled as far as one forwards") {
  // -1.25 s is -2 s and 750,000,000 ns.
  REQUIRE(scale({-2, 750000000}, q32(2)) == Time{-3, 500000000});
  REQUIRE(scale({-2, 750000000}, q32(0.5)) == Time{-1, 375000000});
  REQUIRE(scale({-10, 0}, q32(60)) == Time{-600, 0});
  REQUIRE(scale({-1, 999999999}, q32(1)) == Time{-1, 999999999});
}

TEST_CASE("the shown time runs at the rate from where the run began") {
  REQUIRE(shown_time(at_rate(1), kReal0) == kShown0);
  REQUIRE(shown_time(at_rate(60), kReal0) == kShown0);
  REQUIRE(shown_time(at_rate(1), kReal0 + Time{5, 200000000}) == kShown0 + Time{5, 200000000});
  REQUIRE(shown_time(at_rate(60), kReal0 + Time{5, 500000000}) == kShown0 + Time{330, 0});
  REQUIRE(shown_time(at_rate(0), kReal0 + Time{5, 500000000}) == kShown0);
}

TEST_CASE("a real time before the run began is shown before its beginning") {
  REQUIRE(shown_time(at_rate(1), kReal0 - Time{1, 0}) == kShown0 - Time{1, 0});
  REQUIRE(shown_time(at_rate(2), kReal0 - Time{1, 250000000}) == kShown0 - Time{2, 500000000});
}

TEST_CASE("at rate 1 only the wall clocks are changed") {
  const ClockParams clock = at_rate(1);
  const Time real = kReal0 + Time{1, 0};
  for (const u32 id : {0u, 5u, 8u, 11u}) {
    REQUIRE(shown_reading(clock, id, real) == kShown0 + Time{1, 0});
  }
  for (const u32 id : {1u, 2u, 3u, 4u, 6u, 7u, 9u, 10u, 12u, 31u, 32u, 33u, 0xfffffffau}) {
    REQUIRE(shown_reading(clock, id, real) == real);
  }
}

TEST_CASE("at another rate the elapsed clocks run from their own beginning") {
  const ClockParams clock = at_rate(10);
  REQUIRE(shown_reading(clock, 1, {1002, 0}) == Time{1020, 0});
  REQUIRE(shown_reading(clock, 6, {1002, 0}) == Time{1020, 0});
  REQUIRE(shown_reading(clock, 4, {902, 0}) == Time{920, 0});
  REQUIRE(shown_reading(clock, 7, {2002, 0}) == Time{2020, 0});
  REQUIRE(shown_reading(clock, 9, {2002, 0}) == Time{2020, 0});
  REQUIRE(shown_reading(clock, 2, {1, 5}) == Time{1, 5});
}

TEST_CASE("a reading translated in place is the one translated in full") {
  for (const double rate : {1.0, 0.5, 60.0}) {
    const ClockParams clock = at_rate(rate);
    for (const u32 id : {0u, 1u, 5u, 7u, 11u, 40u}) {
      for (const Time& real : {kReal0, kReal0 + Time{0, 99999999}, kReal0 + Time{0, 100000000},
                               kReal0 + Time{3, 999999999}}) {
        Time time = real;
        CHECK(show_in_place(clock, sequence_of(clock), id, &time));
        REQUIRE(time == shown_reading(clock, id, real));
      }
    }
  }
}

TEST_CASE("a reading from before the clock was set is taken again", "[clock]") {
  ClockParams clock{};
  clock.offset = {1000, 0};
  for (const bool scaled : {false, true}) {
    clock.scaled = scaled;
    clock.sequence = 4;
    Time time{100, 0};
    CHECK_FALSE(show_in_place(clock, 2, 0, &time));
    CHECK(time.s == 100);
    CHECK(show_in_place(clock, 4, 0, &time));
  }
  clock.scaled = false;
  clock.sequence = 5;  // it is being set
  Time time{100, 0};
  CHECK_FALSE(show_in_place(clock, 5, 0, &time));
}

TEST_CASE("a steady copy has what the rate needs") {
  const ClockParams at_1 = at_rate(1), at_60 = at_rate(60);
  const ClockParams plain = steady_copy(at_1);
  REQUIRE(plain.scaled == 0);
  REQUIRE(shown_time(plain, kReal0) == kShown0);
  REQUIRE(made_in_run(plain, kReal0));
  REQUIRE(!made_in_run(plain, kReal0 + Time{86401, 0}));
  const ClockParams fast = steady_copy(at_60);
  REQUIRE(shown_time(fast, kReal0 + Time{1, 0}) == kShown0 + Time{60, 0});
  REQUIRE(shown_reading(fast, 1, {1001, 0}) == Time{1060, 0});
}

namespace {

constexpr u32 kDisk = 0x805;

/// A stat structure of any layout.
class Stat {
 public:
  explicit Stat(const StatLayout& layout) : layout_(layout), bytes_(layout.length) {
    if (layout.device_size == 8) {
      put(layout.device, kDisk >> 8, 4);
      put(layout.device + 4u, kDisk & 0xff, 4);
    } else {
      put(layout.device, kDisk, 2);
    }
    for (const u16 at : {layout.atime, layout.mtime, layout.ctime}) stamp(at, {1000, 5});
    if (layout.btime) stamp(layout.btime, {1000, 5});
  }
  void put(std::size_t at, u64 value, std::size_t size) {
    std::memcpy(&bytes_.at(at), &value, size);
  }
  void stamp(std::size_t at, const Time& time) {
    put(at, static_cast<u64>(time.s), layout_.sec_size);
    if (layout_.ns_step) put(at + layout_.ns_step, static_cast<u64>(time.ns), 4);
  }
  Time stamp(std::size_t at) const {
    Time time{load_seconds(&bytes_.at(at), layout_.sec_size), 0};
    if (layout_.ns_step) {
      time.ns = static_cast<i64>(load(&bytes_.at(at + layout_.ns_step), 4));
    }
    return time;
  }
  StatShift shift(const ClockParams& clock, bool shift_stamps = true) {
    FileSystems files{};
    return shift_stat(clock, files, layout_, shift_stamps, bytes_.data());
  }
  bool is_plain_old(const ClockParams& clock) const {
    FileSystems files{};
    files.known_old = kDisk;
    return ttrace::shim::is_plain_old(clock, files, layout_, bytes_.data());
  }

 private:
  const StatLayout& layout_;
  std::vector<unsigned char> bytes_;
};

constexpr Time kInRun = kReal0 + Time{1, 300000000};
constexpr Time kInRunShown = kShown0 + Time{1, 300000000};

}  // namespace

TEST_CASE("stamps are shifted wherever a layout has them") {
  for (const StatLayout* layout : {&kStatx, &kStatX86_64}) {
    for (const double rate : {1.0, 60.0}) {
      Stat stat(*layout);
      stat.stamp(layout->mtime, kInRun);
      const StatShift result = stat.shift(at_rate(rate));
      REQUIRE(stat.stamp(layout->mtime) == shown_time(at_rate(rate), kInRun));
      REQUIRE(stat.stamp(layout->atime) == Time{1000, 5});
      REQUIRE(stat.stamp(layout->ctime) == Time{1000, 5});
      REQUIRE(result.reasons == kReasonMtime);
      REQUIRE(result.first == shown_time(at_rate(rate), kInRun).s);
    }
  }
}

TEST_CASE("a stamp is shifted from the run's first nanosecond to its horizon") {
  const ClockParams clock = at_rate(1);
  for (const auto& [real, shown] : {std::pair{kReal0, kShown0},
                                    {kReal0 - Time{0, 1}, kReal0 - Time{0, 1}},
                                    {kReal0 - Time{1, 0}, kReal0 - Time{1, 0}},
                                    {clock.horizon + Time{1, 0}, clock.horizon + Time{1, 0}}}) {
    Stat stat(kStatx);
    stat.stamp(kStatx.atime, real);
    (void)stat.shift(clock);
    REQUIRE(stat.stamp(kStatx.atime) == shown);
  }
}

TEST_CASE("a time of birth is shifted, but no 32-bit structure has it") {
  Stat stat(kStatx);
  stat.stamp(kStatx.btime, kInRun);
  REQUIRE(stat.shift(at_rate(1)).reasons == 0);
  REQUIRE(stat.stamp(kStatx.btime) == kInRunShown);
}

TEST_CASE("a 32-bit structure is handed over cut, and said to be") {
  for (const StatLayout* layout : {&kStat64I386, &kStatI386}) {
    Stat stat(*layout);
    stat.stamp(layout->ctime, kInRun);
    const StatShift result = stat.shift(at_rate(1));
    REQUIRE(result.reasons == (kReasonCtime | kReasonTruncated));
    REQUIRE(result.first == kInRunShown.s);
    REQUIRE(stat.stamp(layout->ctime).s == static_cast<i32>(kInRunShown.s));
  }
}

TEST_CASE("without shifting, stamps stay and what does not fit is still found") {
  Stat stat(kStatx);
  stat.stamp(kStatx.atime, {4294967296, 0});
  stat.stamp(kStatx.mtime, kInRun);
  const StatShift result = stat.shift(at_rate(1), false);
  REQUIRE(result.reasons == kReasonAtime);
  REQUIRE(result.first == 4294967296);
  REQUIRE(stat.stamp(kStatx.mtime) == kInRun);
}

TEST_CASE("sizes, inode and block numbers that do not fit are reasons, too") {
  Stat stat(kStatx);
  stat.put(kStatx.size, 0x80000000, 8);
  stat.put(kStatx.inode, 0x100000000, 8);
  stat.put(kStatx.blocks, 0x100000000, 8);
  REQUIRE(stat.shift(at_rate(1)).reasons == (kReasonSize | kReasonInode | kReasonBlocks));
}

TEST_CASE("the quick look says yes only where there is nothing to do") {
  const ClockParams clock = at_rate(1);
  REQUIRE(Stat(kStatx).is_plain_old(clock));
  const auto changed = [&](std::size_t at, u64 value) {
    Stat stat(kStatx);
    stat.put(at, value, 8);
    return stat.is_plain_old(clock);
  };
  for (const u16 at : {kStatx.atime, kStatx.mtime, kStatx.ctime, kStatx.btime}) {
    REQUIRE(changed(at, static_cast<u64>(kReal0.s - 1)));
    REQUIRE(!changed(at, static_cast<u64>(kReal0.s)));
    REQUIRE(!changed(at, 0x100000000));
    REQUIRE(!changed(at, static_cast<u64>(-1)));
  }
  REQUIRE(changed(kStatx.size, 0x7fffffff));
  REQUIRE(!changed(kStatx.size, 0x80000000));
  REQUIRE(!changed(kStatx.inode, 0x100000000));
  REQUIRE(!changed(kStatx.blocks, 0x100000000));
  REQUIRE(!changed(kStatx.device, 9));
}
