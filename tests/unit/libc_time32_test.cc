// The table of 32-bit time calls: what has a row, what must have none.
#include "analyzers/libc_time32.h"

#include <catch2/catch.hpp>

namespace ttrace {
namespace {

TEST_CASE("a 32-bit time call has a row that says what it does", "[libc]") {
  struct Row {
    const char* name;
    Time32Class behaviour;
    bool file;
    bool size;
  };
  const Row row = GENERATE(values<Row>({
      {"time", Time32Class::kFailsMinusOne, false, false},
      {"gettimeofday", Time32Class::kFailsMinusOne, false, false},
      {"__gettimeofday", Time32Class::kFailsMinusOne, false, false},
      {"__GI___gettimeofday", Time32Class::kFailsMinusOne, false, false},
      {"clock_gettime", Time32Class::kFailsMinusOne, false, false},
      {"ftime", Time32Class::kFailsMinusOne, false, false},
      {"timespec_get", Time32Class::kFailsZero, false, false},
      {"stat", Time32Class::kFailsMinusOne, true, true},
      {"lstat", Time32Class::kFailsMinusOne, true, true},
      {"fstat", Time32Class::kFailsMinusOne, true, true},
      {"fstatat", Time32Class::kFailsMinusOne, true, true},
      {"stat64", Time32Class::kFailsMinusOne, true, false},
      {"lstat64", Time32Class::kFailsMinusOne, true, false},
      {"fstat64", Time32Class::kFailsMinusOne, true, false},
      {"fstatat64", Time32Class::kFailsMinusOne, true, false},
      {"__xstat", Time32Class::kWraps, true, true},
      {"__fxstatat64", Time32Class::kWraps, true, false},
      {"nftw", Time32Class::kIndirect, true, true},
      {"ftw64", Time32Class::kIndirect, true, false},
      {"fts_read", Time32Class::kIndirect, true, true},
      {"fts64_children", Time32Class::kIndirect, true, false},
      {"glob", Time32Class::kIndirect, true, true},
      {"adjtimex", Time32Class::kWraps, false, false},
      {"ntp_gettime", Time32Class::kWraps, false, false},
      {"clock_adjtime", Time32Class::kWraps, false, false},
      {"shmctl", Time32Class::kWraps, false, false},
  }));
  CAPTURE(row.name);
  const Time32Row* found = find_time32(row.name);
  REQUIRE(found != nullptr);
  CHECK(found->behaviour == row.behaviour);
  CHECK(found->is_file_call == row.file);
  CHECK(found->checks_size == row.size);
  CHECK_FALSE(found->source.empty());
}

TEST_CASE("a call that carries the time in full has no row", "[libc]") {
  const auto* name =
      GENERATE("__clock_gettime64", "__gettimeofday64", "__time64", "__timespec_get64", "__ftime64",
               "__stat64_time64", "__lstat64_time64", "__fstat64_time64", "__fstatat64_time64",
               "__nftw64_time64", "__ftw64_time64", "__fts64_read_time64", "__glob64_time64",
               "__msgctl64", "___adjtimex64", "__ntp_gettime64", "__GI___clock_gettime64",
               "__clock_gettime_time64", "__stat_time64", "statx", "mktime", "__mktime64",
               "localtime", "sched_rr_get_interval", "nanosleep", "clock_getres", "syslog", "main",
               "Time", "time ", "time@GLIBC_2.0", "", "__GI_");
  CAPTURE(name);
  CHECK(find_time32(name) == nullptr);
}

TEST_CASE("an import tells how a program was built", "[libc]") {
  CHECK(find_time32_import("nanosleep")->behaviour == Time32Class::kDuration);
  CHECK(find_time32_import("mktime")->behaviour == Time32Class::kRefusesDate);
  CHECK(find_time32_import("sem_timedwait")->behaviour == Time32Class::kWrapsArgument);
  CHECK(find_time32_import("ioctl")->behaviour == Time32Class::kNoTime);
  CHECK(find_time32_import("__time64") == nullptr);
  CHECK(find_time32_import("printf") == nullptr);
  CHECK(tells_in_musl(*find_time32_import("clock_gettime")));
  CHECK_FALSE(tells_in_musl(*find_time32_import("ioctl")));
}

TEST_CASE("the variants with a 64-bit time lead to the plain call", "[libc]") {
  struct Pair {
    const char* variant;
    const char* plain;
  };
  const Pair pair = GENERATE(values<Pair>({{"__clock_gettime64", "clock_gettime"},
                                           {"__stat64_time64", "stat64"},
                                           {"__stat_time64", "stat"},
                                           {"__localtime64_r", "localtime_r"},
                                           {"___adjtimex64", "adjtimex"},
                                           {"__mktime64", "mktime"},
                                           {"__fts64_read_time64", "fts64_read"},
                                           {"__pthread_cond_timedwait64", "pthread_cond_timedwait"},
                                           {"__ioctl_time64", "ioctl"}}));
  CAPTURE(pair.variant);
  REQUIRE(find_time64_import(pair.variant) != nullptr);
  CHECK(find_time64_import(pair.variant)->function == pair.plain);
  CHECK(find_time64_import(pair.plain) == nullptr);
}

TEST_CASE("a number in a name makes no variant of it", "[libc]") {
  const auto* name = GENERATE("", "_", "__", "64", "__64", "stat64", "__xstat64", "fstat64",
                              "__lxstat64", "__fooxyz64", "_time64", "___", "time64");
  CAPTURE(name);
  CHECK(find_time64_import(name) == nullptr);
}

}  // namespace
}  // namespace ttrace
