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

}  // namespace
}  // namespace ttrace
