// The table behind find_time32(). Names are the plain ones that a program built with a 32-bit
// time_t is linked to; one built with _TIME_BITS=64 calls __NAME64 or __NAME_time64 instead, which
// have no row because they carry the time in full. For the same reason libc's own uses of time
// inside other functions (syslog, getaddrinfo, mkstemp) have none: since glibc 2.34 they take the
// 64-bit variants.
//
// What holds for i386 glibc 2.31 to 2.42 and musl 1.2; file names are glibc's unless musl's are
// named. The Debian 12 C library (2.36) is past every "since" below. musl's plain names are its
// compat/time32/*.c, which fail as glibc's do, but for stat: there the old fields are cut off.
#include "analyzers/libc_time32.h"

#include <algorithm>
#include <array>

namespace ttrace {
namespace {

using enum Time32Class;

constexpr bool kClock = false;
constexpr bool kFile = true;
constexpr bool kAnySize = false;  // size, inode and blocks are 64 bits wide
constexpr bool kSmallSize = true;

constexpr std::string_view kGettimeofday =
    "time/gettimeofday.c, since 2.32 (before: an IFUNC to the vDSO, which cuts); musl "
    "gettimeofday_time32.c";
constexpr std::string_view kClockGettime =
    "sysdeps/unix/sysv/linux/clock_gettime.c, since 2.31; musl clock_gettime32.c";
constexpr std::string_view kStat =
    "sysdeps/unix/sysv/linux/fstatat.c (in_ino_t_range, in_off_t_range, in_blkcnt_t_range, "
    "in_time_t_range), since 2.33; musl fstatat_time32.c copies the cut fields";
constexpr std::string_view kStat64 =
    "sysdeps/unix/sysv/linux/stat_t64_cp.c (in_time_t_range), since 2.33; musl has no such name";
constexpr std::string_view kXstat =
    "sysdeps/unix/sysv/linux/xstat32_conv.c: checks inode, size and blocks, copies the times that "
    "the stat64 system call cut";
constexpr std::string_view kXstat64 =
    "sysdeps/unix/sysv/linux/xstat64.c: the stat64 system call, whose times the kernel cuts";
constexpr std::string_view kFtw = "io/ftw.c, process_entry(): the walk ends with -1";
constexpr std::string_view kFts = "io/fts.c, fts_stat(): the entry becomes FTS_NS";
constexpr std::string_view kGlob = "posix/glob.c, glob_in_dir(): EOVERFLOW counts as \"exists\"";
constexpr std::string_view kTimex =
    "sysdeps/unix/sysv/linux/clock_adjtime.c, valid_timex64_to_timex(): no range check";
constexpr std::string_view kNtp =
    "sysdeps/unix/sysv/linux/ntp_gettime.c, ntp_gettimex.c: no range check";
constexpr std::string_view kSysvIpc =
    "sysdeps/unix/sysv/linux/msgctl.c, semctl.c, shmctl.c: the high word is dropped";
constexpr std::string_view kMessage =
    "sysdeps/unix/sysv/linux/recvmsg.c: SO_TIMESTAMP and SO_TIMESTAMPNS arrive cut off";

constexpr std::array kRows = {
    Time32Row{"time", kFailsMinusOne, kClock, kAnySize,
              "sysdeps/unix/sysv/linux/time.c, since 2.33 (before: an IFUNC to the vDSO, which "
              "cuts); musl time32.c"},
    Time32Row{"gettimeofday", kFailsMinusOne, kClock, kAnySize, kGettimeofday},
    Time32Row{"__gettimeofday", kFailsMinusOne, kClock, kAnySize, kGettimeofday},
    Time32Row{"clock_gettime", kFailsMinusOne, kClock, kAnySize, kClockGettime},
    Time32Row{"__clock_gettime", kFailsMinusOne, kClock, kAnySize, kClockGettime},
    Time32Row{"ftime", kFailsMinusOne, kClock, kAnySize,
              "time/ftime.c, since 2.33; musl ftime32.c"},
    Time32Row{"timespec_get", kFailsZero, kClock, kAnySize,
              "sysdeps/unix/sysv/linux/timespec_get.c, since 2.32; musl timespec_get_time32.c"},

    Time32Row{"stat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"lstat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"fstat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"fstatat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"__stat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"__lstat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"__fstat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"__fstatat", kFailsMinusOne, kFile, kSmallSize, kStat},
    Time32Row{"stat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"lstat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"fstat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"fstatat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"__stat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"__lstat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"__fstat64", kFailsMinusOne, kFile, kAnySize, kStat64},
    Time32Row{"__fstatat64", kFailsMinusOne, kFile, kAnySize, kStat64},

    // What binaries built against glibc before 2.33 call in place of stat.
    Time32Row{"__xstat", kWraps, kFile, kSmallSize, kXstat},
    Time32Row{"__lxstat", kWraps, kFile, kSmallSize, kXstat},
    Time32Row{"__fxstat", kWraps, kFile, kSmallSize, kXstat},
    Time32Row{"__fxstatat", kWraps, kFile, kSmallSize, kXstat},
    Time32Row{"__xstat64", kWraps, kFile, kAnySize, kXstat64},
    Time32Row{"__lxstat64", kWraps, kFile, kAnySize, kXstat64},
    Time32Row{"__fxstat64", kWraps, kFile, kAnySize, kXstat64},
    Time32Row{"__fxstatat64", kWraps, kFile, kAnySize, kXstat64},

    Time32Row{"ftw", kIndirect, kFile, kSmallSize, kFtw},
    Time32Row{"nftw", kIndirect, kFile, kSmallSize, kFtw},
    Time32Row{"ftw64", kIndirect, kFile, kAnySize, kFtw},
    Time32Row{"nftw64", kIndirect, kFile, kAnySize, kFtw},
    Time32Row{"fts_open", kIndirect, kFile, kSmallSize, kFts},
    Time32Row{"fts_read", kIndirect, kFile, kSmallSize, kFts},
    Time32Row{"fts_children", kIndirect, kFile, kSmallSize, kFts},
    Time32Row{"fts64_open", kIndirect, kFile, kAnySize, kFts},
    Time32Row{"fts64_read", kIndirect, kFile, kAnySize, kFts},
    Time32Row{"fts64_children", kIndirect, kFile, kAnySize, kFts},
    Time32Row{"glob", kIndirect, kFile, kSmallSize, kGlob},
    Time32Row{"glob64", kIndirect, kFile, kAnySize, kGlob},

    Time32Row{"adjtimex", kWraps, kClock, kAnySize, kTimex},
    Time32Row{"__adjtimex", kWraps, kClock, kAnySize, kTimex},
    Time32Row{"ntp_adjtime", kWraps, kClock, kAnySize, kTimex},
    Time32Row{"clock_adjtime", kWraps, kClock, kAnySize, kTimex},
    Time32Row{"ntp_gettime", kWraps, kClock, kAnySize, kNtp},
    Time32Row{"ntp_gettimex", kWraps, kClock, kAnySize, kNtp},
    Time32Row{"msgctl", kWraps, kClock, kAnySize, kSysvIpc},
    Time32Row{"semctl", kWraps, kClock, kAnySize, kSysvIpc},
    Time32Row{"shmctl", kWraps, kClock, kAnySize, kSysvIpc},
    Time32Row{"recvmsg", kWraps, kClock, kAnySize, kMessage},
    Time32Row{"recvmmsg", kWraps, kClock, kAnySize, kMessage},
};

// Debug symbols know the same functions by the names of glibc's internal aliases.
constexpr std::string_view kInternalAlias = "__GI_";

}  // namespace

const Time32Row* find_time32(std::string_view function) {
  if (function.substr(0, kInternalAlias.size()) == kInternalAlias) {
    function.remove_prefix(kInternalAlias.size());
  }
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Time32Row& candidate) {
    return candidate.function == function;
  });
  return row == kRows.end() ? nullptr : row;
}

}  // namespace ttrace
