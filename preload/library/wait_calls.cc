// The calls that wait until a time, or for a while: the machine waits as long as the run's clock
// says. And those that stamp files. Spans matter only where the run's clock is slower or faster.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "preload/library/next.h"
#include "preload/library/oversize.h"
#include "preload/library/waits.h"

namespace ttrace::preload {
namespace {

using shim::Time;

/// struct timespec as a call of the C library has it.
struct Narrow {
  long s, ns;
};
#ifdef __i386__
struct Wide {
  i64 s;
  long ns, padding;
};
#endif

template <typename Spec>
Time time_of(const Spec& spec) {
  return {static_cast<i64>(spec.s), static_cast<i64>(spec.ns)};
}

template <typename Spec>
Spec spec_of(const Time& time) {
  Spec spec{};
  spec.s = static_cast<decltype(spec.s)>(time.s);
  spec.ns = static_cast<long>(time.ns);
  return spec;
}

/// What is no valid time is the kernel's to refuse.
template <typename Spec>
bool is_valid(const Spec* spec) {
  return spec && spec->ns >= 0 && spec->ns < shim::kNanoseconds;
}

/// A deadline on a clock, translated for as long as this lives.
template <typename Spec>
class Deadline {
 public:
  Deadline(const char* function, u32 clock, const Spec* given, const void* entry) : given_(given) {
    if (!is_valid(given)) return;
    look_for_cut(function, false, clock, given->s, entry);
    real_ = spec_of<Spec>(real_reading(clock, time_of(*given)));
    given_ = &real_;
  }
  const Spec* get() const { return given_; }

 private:
  const Spec* given_;
  Spec real_{};
};

bool is_scaled() { return head().clock.scaled; }

/// A span, and what is left of it when a signal cuts the wait short.
template <typename Spec, typename Sleep>
int sleep_for(const Spec* span, Spec* left, const Sleep& sleep) {
  if (!is_scaled() || !is_valid(span)) return sleep(span, left);
  const Spec real = spec_of<Spec>(real_span(time_of(*span)));
  return sleep(&real, left);
}

// nptl/pthread_cond_common.c: the second bit of __wrefs is set for CLOCK_MONOTONIC.
u32 clock_of_condition(const void* condition) {
  struct Condition {
    u64 sequence, group_start;
    u32 references[2], sizes[2], original_size, waiters;
  };
  return static_cast<const Condition*>(condition)->waiters & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

/// /proc/self/fdinfo/N of a timerfd says "clockid: N".
u32 clock_of_timer_descriptor(int fd) {
  char path[32] = "/proc/self/fdinfo/";
  append_number(path, fd);
  char text[256];
  const long file = system_call(SYS_openat, AT_FDCWD, address_of(path), O_RDONLY | O_CLOEXEC);
  const long size = file < 0 ? 0 : system_call(SYS_read, file, address_of(text), sizeof text - 1);
  if (file >= 0) system_call(SYS_close, file);
  text[size > 0 ? size : 0] = '\0';
  for (const char* c = text; *c; ++c) {
    if (c[0] == 'c' && c[1] == 'l' && c[2] == 'o' && c[3] == 'c' && c[4] == 'k' && c[5] == 'i') {
      u32 id = 0;
      for (c += 9; *c >= '0' && *c <= '9'; ++c) id = id * 10 + static_cast<u32>(*c - '0');
      return id;
    }
  }
  return CLOCK_MONOTONIC;
}

constexpr Time kNow{0, UTIME_NOW}, kOmitted{0, UTIME_OMIT};

template <typename Spec>
Spec stamp_of(const char* function, const Spec& given, const void* entry) {
  if (given.ns == kNow.ns || given.ns == kOmitted.ns || !is_valid(&given)) return given;
  look_for_cut(function, true, CLOCK_REALTIME, given.s, entry);
  return spec_of<Spec>(stored_stamp(time_of(given)));
}

/// The two stamps of a file, translated.
template <typename Spec>
class Stamps {
 public:
  Stamps(const char* function, const Spec* given, const void* entry) : given_(given) {
    if (!given || !(head().watch & kShiftFiles)) return;
    for (unsigned i = 0; i < 2; ++i) real_[i] = stamp_of(function, given[i], entry);
    given_ = real_;
  }
  const Spec* get() const { return given_; }

 private:
  const Spec* given_;
  Spec real_[2]{};
};

/// The same for struct timeval and seconds alone.
template <typename Pair, long kUnit>
class OldStamps {
 public:
  OldStamps(const char* function, const Pair* given, const void* entry) : given_(given) {
    if (!given || !(head().watch & kShiftFiles)) return;
    for (unsigned i = 0; i < 2; ++i) {
      const Narrow stamp = stamp_of(function, Narrow{given[i].s, given[i].part * kUnit}, entry);
      real_[i].s = stamp.s;
      real_[i].part = stamp.ns / kUnit;
    }
    given_ = real_;
  }
  const Pair* get() const { return given_; }

 private:
  const Pair* given_;
  Pair real_[2]{};
};
struct Timeval {
  long s, part;
};
using Timevals = OldStamps<Timeval, 1000>;

}  // namespace

// Waits until a deadline on the wall clock: (OBJECTS..., deadline).
#define TTRACE_WAIT_ONE(name, Spec)                                          \
  TTRACE_STAND_IN(int, name, (void* object, const Spec* until)) {            \
    constinit static Next<int(void*, const Spec*)> next{#name};              \
    const Deadline<Spec> real(#name, CLOCK_REALTIME, until, TTRACE_ENTRY()); \
    return next.get()(object, real.get());                                   \
  }
// The same, of a condition's clock.
#define TTRACE_WAIT_CONDITION(name, Spec)                                                   \
  TTRACE_STAND_IN(int, name, (void* condition, void* mutex, const Spec* until)) {           \
    constinit static Next<int(void*, void*, const Spec*)> next{#name};                      \
    const Deadline<Spec> real(#name, clock_of_condition(condition), until, TTRACE_ENTRY()); \
    return next.get()(condition, mutex, real.get());                                        \
  }
// On the clock that is named.
#define TTRACE_WAIT_CLOCK(name, Spec)                                                 \
  TTRACE_STAND_IN(int, name, (void* object, int clock, const Spec* until)) {          \
    constinit static Next<int(void*, int, const Spec*)> next{#name};                  \
    const Deadline<Spec> real(#name, static_cast<u32>(clock), until, TTRACE_ENTRY()); \
    return next.get()(object, clock, real.get());                                     \
  }
#define TTRACE_WAIT_TWO_CLOCK(name, Spec)                                                 \
  TTRACE_STAND_IN(int, name, (void* object, void* other, int clock, const Spec* until)) { \
    constinit static Next<int(void*, void*, int, const Spec*)> next{#name};               \
    const Deadline<Spec> real(#name, static_cast<u32>(clock), until, TTRACE_ENTRY());     \
    return next.get()(object, other, clock, real.get());                                  \
  }
#define TTRACE_JOIN(name, Spec)                                                          \
  TTRACE_STAND_IN(int, name, (unsigned long thread, void** result, const Spec* until)) { \
    constinit static Next<int(unsigned long, void**, const Spec*)> next{#name};          \
    const Deadline<Spec> real(#name, CLOCK_REALTIME, until, TTRACE_ENTRY());             \
    return next.get()(thread, result, real.get());                                       \
  }
#define TTRACE_QUEUE(name, Result, Size, Priority, Spec)                                      \
  TTRACE_STAND_IN(Result, name,                                                               \
                  (int queue, void* text, Size size, Priority priority, const Spec* until)) { \
    constinit static Next<Result(int, void*, Size, Priority, const Spec*)> next{#name};       \
    const Deadline<Spec> real(#name, CLOCK_REALTIME, until, TTRACE_ENTRY());                  \
    return next.get()(queue, text, size, priority, real.get());                               \
  }
#define TTRACE_SLEEP(name, Spec)                                                           \
  TTRACE_STAND_IN(int, name, (const Spec* span, Spec* left)) {                             \
    constinit static Next<int(const Spec*, Spec*)> next{#name};                            \
    return sleep_for(span, left, [](const Spec* a, Spec* b) { return next.get()(a, b); }); \
  }
#define TTRACE_CLOCK_SLEEP(name, Spec)                                                        \
  TTRACE_STAND_IN(int, name, (int clock, int flags, const Spec* time, Spec* left)) {          \
    constinit static Next<int(int, int, const Spec*, Spec*)> next{#name};                     \
    if (flags & TIMER_ABSTIME) {                                                              \
      const Deadline<Spec> real(#name, static_cast<u32>(clock), time, TTRACE_ENTRY());        \
      return next.get()(clock, flags, real.get(), left);                                      \
    }                                                                                         \
    return sleep_for(time, left,                                                              \
                     [=](const Spec* a, Spec* b) { return next.get()(clock, flags, a, b); }); \
  }
// struct itimerspec: the period, then the first expiry.
#define TTRACE_TIMER_DESCRIPTOR(name, Spec)                                                     \
  TTRACE_STAND_IN(int, name, (int fd, int flags, const Spec* value, Spec* former)) {            \
    constinit static Next<int(int, int, const Spec*, Spec*)> next{#name};                       \
    constexpr int kAbsolute = 1; /* TFD_TIMER_ABSTIME */                                        \
    const bool armed = value && (value[1].s || value[1].ns);                                    \
    if (!(flags & kAbsolute) || !armed) return next.get()(fd, flags, value, former);            \
    const Deadline<Spec> real(#name, clock_of_timer_descriptor(fd), &value[1], TTRACE_ENTRY()); \
    const Spec whole[2] = {value[0], *real.get()};                                              \
    return next.get()(fd, flags, whole, former);                                                \
  }

#define TTRACE_STAMP_AT(name, Spec)                                                              \
  TTRACE_STAND_IN(int, name, (int directory, const char* path, const Spec* stamps, int flags)) { \
    constinit static Next<int(int, const char*, const Spec*, int)> next{#name};                  \
    const Stamps<Spec> real(#name, stamps, TTRACE_ENTRY());                                      \
    return next.get()(directory, path, real.get(), flags);                                       \
  }
#define TTRACE_STAMP_FD(name, Spec)                           \
  TTRACE_STAND_IN(int, name, (int fd, const Spec* stamps)) {  \
    constinit static Next<int(int, const Spec*)> next{#name}; \
    const Stamps<Spec> real(#name, stamps, TTRACE_ENTRY());   \
    return next.get()(fd, real.get());                        \
  }
#define TTRACE_OLD_STAMP(name, Target)                                 \
  TTRACE_STAND_IN(int, name, (Target target, const Timeval* stamps)) { \
    constinit static Next<int(Target, const Timeval*)> next{#name};    \
    const Timevals real(#name, stamps, TTRACE_ENTRY());                \
    return next.get()(target, real.get());                             \
  }

using Text = const char*;

// A call, and on i386 its twin with 64-bit times.
#ifdef __i386__
#define TTRACE_BOTH(stand_in, name, wide, ...) \
  stand_in(name, __VA_ARGS__ __VA_OPT__(, ) Narrow) stand_in(wide, __VA_ARGS__ __VA_OPT__(, ) Wide)
#else
#define TTRACE_BOTH(stand_in, name, wide, ...) stand_in(name, __VA_ARGS__ __VA_OPT__(, ) Narrow)
#endif

TTRACE_BOTH(TTRACE_WAIT_ONE, sem_timedwait, __sem_timedwait64)
TTRACE_BOTH(TTRACE_WAIT_ONE, pthread_mutex_timedlock, __pthread_mutex_timedlock64)
TTRACE_BOTH(TTRACE_WAIT_ONE, pthread_rwlock_timedrdlock, __pthread_rwlock_timedrdlock64)
TTRACE_BOTH(TTRACE_WAIT_ONE, pthread_rwlock_timedwrlock, __pthread_rwlock_timedwrlock64)
TTRACE_BOTH(TTRACE_WAIT_ONE, mtx_timedlock, __mtx_timedlock64)
TTRACE_BOTH(TTRACE_WAIT_CONDITION, pthread_cond_timedwait, __pthread_cond_timedwait64)
TTRACE_BOTH(TTRACE_WAIT_CONDITION, cnd_timedwait, __cnd_timedwait64)
TTRACE_BOTH(TTRACE_WAIT_CLOCK, sem_clockwait, __sem_clockwait64)
TTRACE_BOTH(TTRACE_WAIT_CLOCK, pthread_mutex_clocklock, __pthread_mutex_clocklock64)
TTRACE_BOTH(TTRACE_WAIT_CLOCK, pthread_rwlock_clockrdlock, __pthread_rwlock_clockrdlock64)
TTRACE_BOTH(TTRACE_WAIT_CLOCK, pthread_rwlock_clockwrlock, __pthread_rwlock_clockwrlock64)
TTRACE_BOTH(TTRACE_WAIT_TWO_CLOCK, pthread_cond_clockwait, __pthread_cond_clockwait64)
TTRACE_BOTH(TTRACE_JOIN, pthread_timedjoin_np, __pthread_timedjoin_np64)
TTRACE_BOTH(TTRACE_QUEUE, mq_timedsend, __mq_timedsend_time64, int, unsigned long, unsigned)
TTRACE_BOTH(TTRACE_QUEUE, mq_timedreceive, __mq_timedreceive_time64, long, unsigned long, unsigned*)
TTRACE_BOTH(TTRACE_SLEEP, nanosleep, __nanosleep64)
TTRACE_BOTH(TTRACE_CLOCK_SLEEP, clock_nanosleep, __clock_nanosleep_time64)
TTRACE_BOTH(TTRACE_TIMER_DESCRIPTOR, timerfd_settime, __timerfd_settime64)
TTRACE_BOTH(TTRACE_STAMP_AT, utimensat, __utimensat64)
TTRACE_BOTH(TTRACE_STAMP_FD, futimens, __futimens64)
TTRACE_OLD_STAMP(utimes, Text)
TTRACE_OLD_STAMP(lutimes, Text)
TTRACE_OLD_STAMP(futimes, int)

// utime(2): whole seconds.
TTRACE_STAND_IN(int, utime, (const char* path, const long* stamps)) {
  constinit static Next<int(const char*, const long*)> next{"utime"};
  if (!stamps || !(head().watch & kShiftFiles)) return next.get()(path, stamps);
  const Narrow given[2] = {{stamps[0], 0}, {stamps[1], 0}};
  const Stamps<Narrow> real("utime", given, TTRACE_ENTRY());
  const long whole[2] = {real.get()[0].s, real.get()[1].s};
  return next.get()(path, whole);
}

// The C library's sleep() and usleep() call inside it.
TTRACE_STAND_IN(unsigned, sleep, (unsigned seconds)) {
  constinit static Next<unsigned(unsigned)> next{"sleep"};
  if (!is_scaled()) return next.get()(seconds);
  const Narrow span{static_cast<long>(seconds), 0};
  Narrow left{};
  if (ttrace_nanosleep(&span, &left) == 0) return 0;
  return static_cast<unsigned>(left.s);
}

TTRACE_STAND_IN(int, usleep, (unsigned microseconds)) {
  constinit static Next<int(unsigned)> next{"usleep"};
  if (!is_scaled()) return next.get()(microseconds);
  const Narrow span{static_cast<long>(microseconds / 1000000),
                    static_cast<long>(microseconds % 1000000) * 1000};
  return ttrace_nanosleep(&span, nullptr);
}

}  // namespace ttrace::preload
