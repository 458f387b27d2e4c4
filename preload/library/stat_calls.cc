// The stat family: the C library looks at the file, and the time stamps are then shown as the run's
// clock has them. What does not fit the caller's structure any more fails with EOVERFLOW, as in the
// C library (glibc, sysdeps/unix/sysv/linux/fstatat.c and stat_t64_cp.c), or is cut off by the
// calls of binaries from before glibc 2.33 (xstat32_conv.c, xstat64.c).
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>

#include "preload/library/next.h"
#include "preload/library/oversize.h"
#include "preload/library/run_clock.h"
#include "preload/shim/stat_layouts.h"

namespace ttrace::preload {
namespace {

using shim::StatLayout;
using shim::StatShift;
using Bytes = unsigned char;

constexpr u32 kAllFields = STATX_BASIC_STATS | STATX_BTIME;

/// A file as statx(2) names it.
struct File {
  int directory;
  const char* path;
  int flags;
};

/// Looks at the file once more: in full, and with what no older structure has.
bool look_by_statx(const File& file, Bytes* statx) {
  return system_call(SYS_statx, file.directory, address_of(file.path), file.flags, kAllFields,
                     address_of(statx)) == 0;
}

StatShift shift(const StatLayout& layout, Bytes* stat) {
  const Head& run = head();
  return shim::shift_stat(current_clock(), run.files, layout, run.watch & kShiftFiles, stat);
}

void copy_stamp(const StatLayout& layout, unsigned to, Bytes* stat, unsigned from,
                const Bytes* statx) {
  const shim::Time time = shim::load_statx_time(statx + from);
  shim::store(stat + to, time.s, layout.sec_size);
  shim::store(stat + to + layout.ns_step, time.ns, 4);
}

/// What --root's layer does to time stamps only statx(2) can tell.
[[gnu::noinline, gnu::cold]] StatShift shift_in_layer(const StatLayout& layout, const File& file,
                                                      Bytes* stat) {
  Bytes statx[256];
  if (!look_by_statx(file, statx)) return shift(layout, stat);
  const StatShift shifted = shift(shim::kStatx, statx);
  copy_stamp(layout, layout.atime, stat, shim::kStatx.atime, statx);
  copy_stamp(layout, layout.mtime, stat, shim::kStatx.mtime, statx);
  copy_stamp(layout, layout.ctime, stat, shim::kStatx.ctime, statx);
  return shifted;
}

/// Shows the stamps of a structure that the C library filled; what then does not fit.
[[gnu::noinline]] StatShift show(const StatLayout& layout, const File& file, Bytes* stat) {
  const Head& run = head();
  if (run.files.layer && (run.watch & kShiftFiles) && layout.ns_step) {
    return shift_in_layer(layout, file, stat);
  }
  return shift(layout, stat);
}

#ifdef __x86_64__

/// In place, as the kernel wrote it: nothing can fail to fit.
[[gnu::always_inline]] inline int answer(int result, const File& file, Bytes* stat) {
  const Head& run = head();
  if (result != 0 || !(run.watch & kShiftFiles) ||
      shim::is_plain_old(run.clock, run.files, shim::kStatX86_64, stat)) {
    return result;
  }
  show(shim::kStatX86_64, file, stat);
  return result;
}

#define TTRACE_BY_PATH(name, more_flags)                                       \
  TTRACE_STAND_IN(int, name, (const char* path, Bytes* stat)) {                \
    constinit static Next<int(const char*, Bytes*)> next{#name};               \
    return answer(next.get()(path, stat), {AT_FDCWD, path, more_flags}, stat); \
  }
#define TTRACE_BY_FD(name)                                              \
  TTRACE_STAND_IN(int, name, (int fd, Bytes* stat)) {                   \
    constinit static Next<int(int, Bytes*)> next{#name};                \
    return answer(next.get()(fd, stat), {fd, "", AT_EMPTY_PATH}, stat); \
  }
#define TTRACE_BY_DIRECTORY(name)                                                            \
  TTRACE_STAND_IN(int, name, (int directory, const char* path, Bytes* stat, int flags)) {    \
    constinit static Next<int(int, const char*, Bytes*, int)> next{#name};                   \
    return answer(next.get()(directory, path, stat, flags), {directory, path, flags}, stat); \
  }
// The first argument tells which structure is meant, of which there is but one left.
#define TTRACE_OLD_BY_PATH(name, more_flags)                                            \
  TTRACE_STAND_IN(int, name, (int version, const char* path, Bytes* stat)) {            \
    constinit static Next<int(int, const char*, Bytes*)> next{#name};                   \
    return answer(next.get()(version, path, stat), {AT_FDCWD, path, more_flags}, stat); \
  }
#define TTRACE_OLD_BY_FD(name)                                                   \
  TTRACE_STAND_IN(int, name, (int version, int fd, Bytes* stat)) {               \
    constinit static Next<int(int, int, Bytes*)> next{#name};                    \
    return answer(next.get()(version, fd, stat), {fd, "", AT_EMPTY_PATH}, stat); \
  }
#define TTRACE_OLD_BY_DIRECTORY(name)                                                          \
  TTRACE_STAND_IN(int, name,                                                                   \
                  (int version, int directory, const char* path, Bytes* stat, int flags)) {    \
    constinit static Next<int(int, int, const char*, Bytes*, int)> next{#name};                \
    return answer(next.get()(version, directory, path, stat, flags), {directory, path, flags}, \
                  stat);                                                                       \
  }

#define TTRACE_FAMILY(suffix)                        \
  TTRACE_BY_PATH(stat##suffix, 0)                    \
  TTRACE_BY_PATH(lstat##suffix, AT_SYMLINK_NOFOLLOW) \
  TTRACE_BY_FD(fstat##suffix)                        \
  TTRACE_BY_DIRECTORY(fstatat##suffix)
#define TTRACE_OLD_FAMILY(suffix)                           \
  TTRACE_OLD_BY_PATH(__xstat##suffix, 0)                    \
  TTRACE_OLD_BY_PATH(__lxstat##suffix, AT_SYMLINK_NOFOLLOW) \
  TTRACE_OLD_BY_FD(__fxstat##suffix)                        \
  TTRACE_OLD_BY_DIRECTORY(__fxstatat##suffix)

#else

// struct stat and struct stat64 of <sys/stat.h>, without and with _TIME_BITS=64.
constexpr StatLayout kNarrow{88, 56, 64, 72, 0, 4, 4, 44, 4, 12, 4, 52, 4, 0, 4};
constexpr StatLayout kLarge = shim::kStat64I386;
constexpr StatLayout kTime64{108, 60, 76, 92, 0, 8, 8, 40, 8, 8, 8, 52, 8, 0, 4};

enum class Manner { kFails, kCuts, kFits };

/// One of the calls, as the program made it.
struct Call {
  const char* name;
  unsigned long address;
  const StatLayout& layout;
  Manner manner;
  File file;
  Bytes* out;
  const void* entry;
};

/// Why the values of a file do not fit, from the whole of them.
[[gnu::noinline, gnu::cold]] void tell(const Call& call, u32 more_reasons, int result) {
  const int error = error_number();
  Bytes statx[256];
  StatShift shifted{};
  if (look_by_statx(call.file, statx)) shifted = shift(shim::kStatx, statx);
  tell_oversize({call.name, call.address, shifted.reasons | more_reasons, shifted.first, result,
                 result == 0 ? 0 : error, call.file.directory, static_cast<u32>(call.file.flags),
                 call.file.path, call.out},
                call.entry);
  error_number() = error;
}

constexpr u32 kTimes = shim::kReasonAtime | shim::kReasonMtime | shim::kReasonCtime;

/// The C library has filled `stat`, or failed.
[[gnu::noinline]] int answer(const Call& call, int result, Bytes* stat) {
  if (result != 0) {
    if (error_number() == EOVERFLOW) tell(call, 0, result);
    return result;
  }
  const StatShift shifted = show(call.layout, call.file, stat);
  const bool too_late = shifted.reasons & kTimes && call.manner != Manner::kFits;
  if (too_late && call.manner == Manner::kFails) {
    error_number() = EOVERFLOW;
    tell(call, 0, -1);
    return -1;
  }
  if (too_late) tell(call, shim::kReasonTruncated, 0);
  __builtin_memcpy(call.out, stat, call.layout.length);
  return 0;
}

#define TTRACE_BY_PATH(name, layout, manner, more_flags)         \
  TTRACE_STAND_IN(int, name, (const char* path, Bytes* out)) {   \
    constinit static Next<int(const char*, Bytes*)> next{#name}; \
    Bytes stat[layout.length];                                   \
    const int result = next.get()(path, stat);                   \
    return answer({#name,                                        \
                   next.address(),                               \
                   layout,                                       \
                   manner,                                       \
                   {AT_FDCWD, path, more_flags},                 \
                   out,                                          \
                   TTRACE_ENTRY()},                              \
                  result, stat);                                 \
  }
#define TTRACE_BY_FD(name, layout, manner)                                                     \
  TTRACE_STAND_IN(int, name, (int fd, Bytes* out)) {                                           \
    constinit static Next<int(int, Bytes*)> next{#name};                                       \
    Bytes stat[layout.length];                                                                 \
    const int result = next.get()(fd, stat);                                                   \
    return answer(                                                                             \
        {#name, next.address(), layout, manner, {fd, "", AT_EMPTY_PATH}, out, TTRACE_ENTRY()}, \
        result, stat);                                                                         \
  }
#define TTRACE_BY_DIRECTORY(name, layout, manner)                                               \
  TTRACE_STAND_IN(int, name, (int directory, const char* path, Bytes* out, int flags)) {        \
    constinit static Next<int(int, const char*, Bytes*, int)> next{#name};                      \
    Bytes stat[layout.length];                                                                  \
    const int result = next.get()(directory, path, stat, flags);                                \
    return answer(                                                                              \
        {#name, next.address(), layout, manner, {directory, path, flags}, out, TTRACE_ENTRY()}, \
        result, stat);                                                                          \
  }
#define TTRACE_OLD_BY_PATH(name, layout, more_flags)                        \
  TTRACE_STAND_IN(int, name, (int version, const char* path, Bytes* out)) { \
    constinit static Next<int(int, const char*, Bytes*)> next{#name};       \
    Bytes stat[layout.length];                                              \
    const int result = next.get()(version, path, stat);                     \
    return answer({#name,                                                   \
                   next.address(),                                          \
                   layout,                                                  \
                   Manner::kCuts,                                           \
                   {AT_FDCWD, path, more_flags},                            \
                   out,                                                     \
                   TTRACE_ENTRY()},                                         \
                  result, stat);                                            \
  }
#define TTRACE_OLD_BY_FD(name, layout)                            \
  TTRACE_STAND_IN(int, name, (int version, int fd, Bytes* out)) { \
    constinit static Next<int(int, int, Bytes*)> next{#name};     \
    Bytes stat[layout.length];                                    \
    const int result = next.get()(version, fd, stat);             \
    return answer({#name,                                         \
                   next.address(),                                \
                   layout,                                        \
                   Manner::kCuts,                                 \
                   {fd, "", AT_EMPTY_PATH},                       \
                   out,                                           \
                   TTRACE_ENTRY()},                               \
                  result, stat);                                  \
  }
#define TTRACE_OLD_BY_DIRECTORY(name, layout)                                              \
  TTRACE_STAND_IN(int, name,                                                               \
                  (int version, int directory, const char* path, Bytes* out, int flags)) { \
    constinit static Next<int(int, int, const char*, Bytes*, int)> next{#name};            \
    Bytes stat[layout.length];                                                             \
    const int result = next.get()(version, directory, path, stat, flags);                  \
    return answer({#name,                                                                  \
                   next.address(),                                                         \
                   layout,                                                                 \
                   Manner::kCuts,                                                          \
                   {directory, path, flags},                                               \
                   out,                                                                    \
                   TTRACE_ENTRY()},                                                        \
                  result, stat);                                                           \
  }

#define TTRACE_FAMILY(suffix, layout, manner)                        \
  TTRACE_BY_PATH(stat##suffix, layout, manner, 0)                    \
  TTRACE_BY_PATH(lstat##suffix, layout, manner, AT_SYMLINK_NOFOLLOW) \
  TTRACE_BY_FD(fstat##suffix, layout, manner)                        \
  TTRACE_BY_DIRECTORY(fstatat##suffix, layout, manner)
#define TTRACE_OLD_FAMILY(suffix, layout)                           \
  TTRACE_OLD_BY_PATH(__xstat##suffix, layout, 0)                    \
  TTRACE_OLD_BY_PATH(__lxstat##suffix, layout, AT_SYMLINK_NOFOLLOW) \
  TTRACE_OLD_BY_FD(__fxstat##suffix, layout)                        \
  TTRACE_OLD_BY_DIRECTORY(__fxstatat##suffix, layout)

#endif

Next<int(int, const char*, int, unsigned, Bytes*)> next_statx{"statx"};

}  // namespace

#ifdef __x86_64__
TTRACE_FAMILY()
TTRACE_FAMILY(64)
TTRACE_OLD_FAMILY()
TTRACE_OLD_FAMILY(64)
#else
TTRACE_FAMILY(, kNarrow, Manner::kFails)
TTRACE_FAMILY(64, kLarge, Manner::kFails)
TTRACE_OLD_FAMILY(, kNarrow)
TTRACE_OLD_FAMILY(64, kLarge)
TTRACE_BY_PATH(__stat64_time64, kTime64, Manner::kFits, 0)
TTRACE_BY_PATH(__lstat64_time64, kTime64, Manner::kFits, AT_SYMLINK_NOFOLLOW)
TTRACE_BY_FD(__fstat64_time64, kTime64, Manner::kFits)
TTRACE_BY_DIRECTORY(__fstatat64_time64, kTime64, Manner::kFits)
#endif

TTRACE_STAND_IN(int, statx,
                (int directory, const char* path, int flags, unsigned mask, Bytes* out)) {
  const int result = next_statx.get()(directory, path, flags, mask, out);
  const Head& run = head();
  const bool shifts = result == 0 && run.watch & kShiftFiles;
  if (shifts && !shim::is_plain_old(run.clock, run.files, shim::kStatx, out)) {
    shift(shim::kStatx, out);
  }
  return result;
}

}  // namespace ttrace::preload
