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
#include <string>
#include <unordered_map>

namespace ttrace {
namespace {

using enum Time32Class;

constexpr bool kClock = false;
constexpr bool kFile = true;
constexpr bool kAnySize = false;  // size, inode and blocks are 64 bits wide
constexpr bool kSmallSize = true;
constexpr bool kSeldom = true;

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
constexpr std::string_view kWait =
    "nptl/futex-internal.c: a negative absolute time is ETIMEDOUT at once; musl *_time32.c";
constexpr std::string_view kDate =
    "sysdeps/unix/sysv/linux/utimensat.c, utimes.c: the cut date is written; musl utim*_time32.c";
constexpr std::string_view kEinval =
    "kernel/time: a negative absolute time is EINVAL; CLOCK_REALTIME with TIMER_ABSTIME only";
constexpr std::string_view kMktime = "time/mktime.c, since 2.30; musl mktime32.c, timegm_time32.c";
constexpr std::string_view kLocaltime = "time/localtime.c, gmtime.c, ctime.c, difftime.c";
constexpr std::string_view kInterval = "an interval, or the limit of a wait that starts now";
constexpr std::string_view kUntouched = "OpenEmbedded's list has it; no time_t is handed over";

constexpr std::array kRows = {
    Time32Row{"time", kFailsMinusOne, kClock, kAnySize,
              "sysdeps/unix/sysv/linux/time.c, since 2.33 (before: an IFUNC to the vDSO, which "
              "cuts); musl time32.c",
              InMusl::kSame},
    Time32Row{"gettimeofday", kFailsMinusOne, kClock, kAnySize, kGettimeofday, InMusl::kSame},
    Time32Row{"__gettimeofday", kFailsMinusOne, kClock, kAnySize, kGettimeofday},
    Time32Row{"clock_gettime", kFailsMinusOne, kClock, kAnySize, kClockGettime, InMusl::kSame},
    Time32Row{"__clock_gettime", kFailsMinusOne, kClock, kAnySize, kClockGettime},
    Time32Row{"ftime", kFailsMinusOne, kClock, kAnySize, "time/ftime.c, since 2.33; musl ftime32.c",
              InMusl::kSame},
    Time32Row{"timespec_get", kFailsZero, kClock, kAnySize,
              "sysdeps/unix/sysv/linux/timespec_get.c, since 2.32; musl timespec_get_time32.c",
              InMusl::kSame},

    Time32Row{"stat", kFailsMinusOne, kFile, kSmallSize, kStat, InMusl::kCuts},
    Time32Row{"lstat", kFailsMinusOne, kFile, kSmallSize, kStat, InMusl::kCuts},
    Time32Row{"fstat", kFailsMinusOne, kFile, kSmallSize, kStat, InMusl::kCuts},
    Time32Row{"fstatat", kFailsMinusOne, kFile, kSmallSize, kStat, InMusl::kCuts},
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
    Time32Row{"glob", kIndirect, kFile, kSmallSize, kGlob, InMusl::kNone, kSeldom},
    Time32Row{"glob64", kIndirect, kFile, kAnySize, kGlob, InMusl::kNone, kSeldom},

    Time32Row{"adjtimex", kWraps, kClock, kAnySize, kTimex, InMusl::kSame},
    Time32Row{"__adjtimex", kWraps, kClock, kAnySize, kTimex},
    Time32Row{"ntp_adjtime", kWraps, kClock, kAnySize, kTimex},
    Time32Row{"clock_adjtime", kWraps, kClock, kAnySize, kTimex, InMusl::kSame},
    Time32Row{"ntp_gettime", kWraps, kClock, kAnySize, kNtp},
    Time32Row{"ntp_gettimex", kWraps, kClock, kAnySize, kNtp},
    Time32Row{"msgctl", kWraps, kClock, kAnySize, kSysvIpc, InMusl::kNone, kSeldom},
    Time32Row{"semctl", kWraps, kClock, kAnySize, kSysvIpc, InMusl::kNone, kSeldom},
    Time32Row{"shmctl", kWraps, kClock, kAnySize, kSysvIpc, InMusl::kNone, kSeldom},
    Time32Row{"recvmsg", kWraps, kClock, kAnySize, kMessage, InMusl::kNone, kSeldom},
    Time32Row{"recvmmsg", kWraps, kClock, kAnySize, kMessage, InMusl::kSame, kSeldom},

    Time32Row{"pthread_cond_timedwait", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"pthread_mutex_timedlock", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"pthread_rwlock_timedrdlock", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"pthread_rwlock_timedwrlock", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"pthread_timedjoin_np", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"sem_timedwait", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"mtx_timedlock", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"cnd_timedwait", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"mq_timedreceive", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"mq_timedsend", kWrapsArgument, kClock, kAnySize, kWait, InMusl::kSame},
    Time32Row{"pthread_cond_clockwait", kWrapsArgument, kClock, kAnySize, kWait},
    Time32Row{"pthread_mutex_clocklock", kWrapsArgument, kClock, kAnySize, kWait},
    Time32Row{"pthread_rwlock_clockrdlock", kWrapsArgument, kClock, kAnySize, kWait},
    Time32Row{"pthread_rwlock_clockwrlock", kWrapsArgument, kClock, kAnySize, kWait},
    Time32Row{"pthread_clockjoin_np", kWrapsArgument, kClock, kAnySize, kWait},
    Time32Row{"sem_clockwait", kWrapsArgument, kClock, kAnySize, kWait},
    Time32Row{"utime", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},
    Time32Row{"utimes", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},
    Time32Row{"lutimes", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},
    Time32Row{"futimes", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},
    Time32Row{"futimesat", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},
    Time32Row{"utimensat", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},
    Time32Row{"futimens", kWrapsArgument, kFile, kAnySize, kDate, InMusl::kSame},

    Time32Row{"settimeofday", kRefused, kClock, kAnySize, kEinval, InMusl::kSame},
    Time32Row{"clock_settime", kRefused, kClock, kAnySize, kEinval, InMusl::kSame},
    Time32Row{"stime", kRefused, kClock, kAnySize, kEinval, InMusl::kSame},
    Time32Row{"clock_nanosleep", kRefused, kClock, kAnySize, kEinval, InMusl::kSame},
    Time32Row{"timer_settime", kRefused, kClock, kAnySize, kEinval, InMusl::kSame},
    Time32Row{"timerfd_settime", kRefused, kClock, kAnySize, kEinval, InMusl::kSame},

    Time32Row{"mktime", kRefusesDate, kClock, kAnySize, kMktime, InMusl::kSame},
    Time32Row{"timegm", kRefusesDate, kClock, kAnySize, kMktime, InMusl::kSame},
    Time32Row{"timelocal", kRefusesDate, kClock, kAnySize, kMktime},
    Time32Row{"localtime", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},
    Time32Row{"localtime_r", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},
    Time32Row{"gmtime", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},
    Time32Row{"gmtime_r", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},
    Time32Row{"ctime", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},
    Time32Row{"ctime_r", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},
    Time32Row{"difftime", kConverts, kClock, kAnySize, kLocaltime, InMusl::kSame},

    Time32Row{"nanosleep", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"select", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"pselect", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"ppoll", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"setitimer", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"getitimer", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"timer_gettime", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"timerfd_gettime", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"getrusage", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"wait3", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"wait4", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"thrd_sleep", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"sigtimedwait", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"semtimedop", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"aio_suspend", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"clock_getres", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"sched_rr_get_interval", kDuration, kClock, kAnySize, kInterval, InMusl::kSame},
    Time32Row{"__select", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"__nanosleep", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"__ppoll_chk", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"adjtime", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"epoll_pwait2", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"gai_suspend", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"timespec_getres", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"getsockopt", kDuration, kClock, kAnySize, kInterval},
    Time32Row{"setsockopt", kDuration, kClock, kAnySize, kInterval},

    Time32Row{"fcntl", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"fcntl64", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"ioctl", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"prctl", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"sendmsg", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"sendmmsg", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"globfree", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"globfree64", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"fts_close", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"fts_set", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"fts64_close", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"fts64_set", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"aio_cancel", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"aio_error", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"aio_fsync", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"aio_read", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"aio_return", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"aio_write", kNoTime, kClock, kAnySize, kUntouched},
    Time32Row{"lio_listio", kNoTime, kClock, kAnySize, kUntouched},
};

// Debug symbols know the same functions by the names of glibc's internal aliases.
constexpr std::string_view kInternalAlias = "__GI_";

using Index = std::unordered_map<std::string_view, const Time32Row*>;

const Index& rows_by_name() {
  static const Index index = [] {
    Index made;
    for (const Time32Row& row : kRows) made.emplace(row.function, &row);
    return made;
  }();
  return index;
}

const Time32Row* row_of(std::string_view name) {
  const auto found = rows_by_name().find(name);
  return found == rows_by_name().end() ? nullptr : found->second;
}

bool yields_time(const Time32Row& row) { return row.behaviour <= kWraps; }

constexpr std::string_view kTime64Suffix = "_time64";

}  // namespace

const Time32Row* find_time32(std::string_view function) {
  if (function.starts_with(kInternalAlias)) function.remove_prefix(kInternalAlias.size());
  const Time32Row* row = row_of(function);
  return row != nullptr && yields_time(*row) ? row : nullptr;
}

const Time32Row* find_time32_import(std::string_view function) { return row_of(function); }

// include/features-time64.h and the __REDIRECT lines of glibc's headers: __NAME64, __NAME_time64,
// and for the functions ending in _r __NAME64_r; adjtimex has a third underscore.
const Time32Row* find_time64_import(std::string_view function) {
  if (!function.starts_with("__") || row_of(function) != nullptr) return nullptr;
  function.remove_prefix(std::min(function.find_first_not_of('_'), function.size()));
  if (function.ends_with(kTime64Suffix)) {
    return row_of(function.substr(0, function.size() - kTime64Suffix.size()));
  }
  const std::size_t at = function.rfind("64");
  if (at == std::string_view::npos) return nullptr;
  return row_of(std::string(function.substr(0, at)) + std::string(function.substr(at + 2)));
}

bool tells_in_musl(const Time32Row& row) { return row.musl != InMusl::kNone; }

}  // namespace ttrace
