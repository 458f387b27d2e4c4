// The shim of i386 targets. Two ways lead in (entry_i386.S): the patched symbols of the vDSO, and
// the system-call entry that AT_SYSINFO names, through which libc reaches the kernel. Time and
// stat calls are made and translated here; everything else jumps on to the real entry.
//
// A value that does not fit 32 bits is the moment this tool exists for. The first time on a call
// path the shim traps to the tracer, which takes the stack and writes the path into `paths`; after
// that the path is recognised by the return addresses on the stack and only counted.
#include "preload/shim/clocks.h"
#include "preload/shim/stat_layouts.h"

namespace ttrace::shim {

extern "C" {
extern Data ttrace_shim_data __attribute__((visibility("hidden")));
Data ttrace_shim_data;

// In entry_i386.S.
i32 ttrace_call_real(const Caller* registers) __attribute__((regparm(1), visibility("hidden")));
void ttrace_trap(const Report* report, u32 cookie)
    __attribute__((regparm(2), visibility("hidden")));
u32 ttrace_is_news(const unsigned char* sp, u32 reasons)
    __attribute__((regparm(2), visibility("hidden")));
extern const unsigned char ttrace_unknown_path[] __attribute__((visibility("hidden")));
}

namespace {

// entry_i386.S names these by number.
static_assert(__builtin_offsetof(Caller, ebp) == 24);
static_assert(__builtin_offsetof(Data, real_clock_gettime64) == 32 &&
              __builtin_offsetof(Data, clock.sequence) == 72 &&
              __builtin_offsetof(Data, clock.scaled) == 76 &&
              __builtin_offsetof(Data, clock.offset) == 80 &&
              __builtin_offsetof(Data, files.layer) == 320 &&
              __builtin_offsetof(Data, matcher_cache) == 29512);
static_assert(kReasonTime == 1 && kWallClocks == 0x921 && kMatcherSize * kMatcherCount == 192 * 16);

// Numbers of arch/x86/entry/syscalls/syscall_32.tbl.
enum Nr : u32 {
  kTime = 13,
  kOldStat = 18,
  kOldFstat = 28,
  kGettimeofday = 78,
  kOldLstat = 84,
  kStat = 106,
  kLstat = 107,
  kFstat = 108,
  kStat64 = 195,
  kLstat64 = 196,
  kFstat64 = 197,
  kClockGettime = 265,
  kFstatat64 = 300,
  kStatxNr = 383,
  kClockGettime64 = 403,
};

struct Timespec32 {
  i32 s, ns;
};

// Whether `sp` was reached on the call path that is written down in `path`.
[[gnu::always_inline]] inline bool same_path(const CallPath& path, const unsigned char* sp) {
  const CallPath::Word* word = path.words;
  const CallPath::Word* const end = word + path.word_count;
  for (; word != end; ++word) {
    if (*reinterpret_cast<const u32*>(sp + word->offset) != word->value) return false;
  }
  return true;
}

/// Where the caches remember a path. What tells call sites apart is the return address and, as the
/// C library's own functions call from one place, the depth of the stack.
[[gnu::always_inline]] inline u32 path_key(const unsigned char* sp) {
  const u32 key = *reinterpret_cast<const u32*>(sp) ^ (reinterpret_cast<u32>(sp) >> 2);
  return key % kPathCacheSize;
}

[[gnu::noinline, gnu::cold]] CallPath* search_path(Data& data, const unsigned char* sp) {
  for (u32 i = 0; i < data.path_count; ++i) {
    if (!same_path(data.paths[i], sp)) continue;
    data.path_cache[path_key(sp)] = static_cast<u16>(i);
    return &data.paths[i];
  }
  return nullptr;
}

[[gnu::always_inline]] inline void count(u32& counter) {
  if (ttrace_shim_data.threaded) {
    asm volatile("lock incl %0" : "+m"(counter));
  } else {
    asm volatile("incl %0" : "+m"(counter));
  }
}

/// From now on clock_gettime64 tries the matcher of this path first.
[[gnu::always_inline]] inline void remember_matcher(Data& data, const CallPath& path, u32 key) {
  if (!path.matcher) return;
  const u32 distance = path.matcher - reinterpret_cast<u32>(ttrace_unknown_path);
  data.matcher_cache[key] = static_cast<u16>(distance);
}

}  // namespace

/// Whether the tracer must be told: the value that does not fit came on a path, or for a reason,
/// that is new. `sp` is the stack pointer at the entry of the shim.
u32 ttrace_is_news(const unsigned char* sp, u32 reasons) {
  Data& data = ttrace_shim_data;
  if (!data.watch_paths) return false;
  const u32 key = path_key(sp);
  CallPath* path = &data.paths[data.path_cache[key] % kPathCount];
  if (!path->word_count || !same_path(*path, sp)) [[unlikely]] {
    path = search_path(data, sp);
  }
  if (path) {
    remember_matcher(data, *path, key);
    count(path->times);
    return (reasons & ~path->reasons) != 0;
  }
  if (data.path_count < kPathCount) return true;
  count(data.overflowed);
  return false;
}

namespace {

[[gnu::noinline, gnu::cold]] void trap(const Caller& caller, u32 nr, u32 reasons, const Time& time,
                                       u32 arg0, u32 arg1, u32 arg2 = 0, u32 arg3 = 0,
                                       u32 arg4 = 0) {
  Report report{kProtocolVersion,
                reasons,
                nr,
                reinterpret_cast<u32>(&caller),
                {arg0, arg1, arg2, arg3, arg4},
                0,
                time};
  ttrace_trap(&report, ttrace_shim_data.cookie);
}

const unsigned char* entry_sp(const Caller& caller) {
  return reinterpret_cast<const unsigned char*>(&caller.eip);
}

[[gnu::noinline]] i32 system_call(u32 nr, u32 arg0, u32 arg1) {
  Caller registers{};
  registers.eax = nr;
  registers.ebx = arg0;
  registers.ecx = arg1;
  return ttrace_call_real(&registers);
}

[[gnu::noinline, gnu::cold]] i32 read_clock_by_call(u32 id, Time* time) {
  const i32 result = system_call(kClockGettime64, id, reinterpret_cast<u32>(time));
  if (result != -38) return result;
  Timespec32 old{};
  const i32 old_result = system_call(kClockGettime, id, reinterpret_cast<u32>(&old));
  if (old_result == 0) *time = {old.s, old.ns};
  return old_result;
}

/// Reads clock `id` in full width, as the target sees it.
[[gnu::always_inline]] inline i32 read_clock(u32 id, Time* time) {
  const Data& data = ttrace_shim_data;
  const u32 real = static_cast<u32>(data.real_clock_gettime64);
  for (;;) {
    const u32 sequence = sequence_of(data.clock);
    const i32 result =
        real ? reinterpret_cast<i32 (*)(u32, Time*)>(real)(id, time) : read_clock_by_call(id, time);
    if (result != 0 || show_in_place(data.clock, sequence, id, time)) return result;
  }
}

bool oversize(std::int64_t seconds) { return seconds != static_cast<i32>(seconds); }

/// A result in eax and, in edx, whether the tracer must be told of a value that does not fit.
struct Answer {
  i32 result;
  u32 news;
};
std::uint64_t pack(Answer answer) {
  return static_cast<u32>(answer.result) | static_cast<std::uint64_t>(answer.news) << 32;
}

/// The arguments on the stack of a function called with the stack pointer `sp`.
struct Arguments {
  const unsigned char* sp;
  u32 operator[](unsigned i) const { return reinterpret_cast<const u32*>(sp)[1 + i]; }
};

[[gnu::always_inline]] inline Answer gettime64(const unsigned char* sp, u32 id, Time* out) {
  const i32 result = read_clock(id, out);
  if (result != 0 || !oversize(out->s)) return {result, 0};
  return {0, ttrace_is_news(sp, kReasonTime)};
}

/// The 32-bit calls: what does not fit is handed over cut, as the kernel does.
[[gnu::always_inline]] inline Answer gettime32(const unsigned char* sp, u32 id, Time* shown) {
  const i32 result = read_clock(id, shown);
  if (result != 0 || !oversize(shown->s)) return {result, 0};
  return {0, ttrace_is_news(sp, kReasonTime | kReasonTruncated)};
}

Answer clock_gettime32(const unsigned char* sp, u32 id, Timespec32* out) {
  Time shown{};
  const Answer answer = gettime32(sp, id, &shown);
  if (answer.result == 0) *out = {static_cast<i32>(shown.s), static_cast<i32>(shown.ns)};
  return answer;
}

Answer gettimeofday32(const unsigned char* sp, Timespec32* tv, void* zone) {
  if (zone) {
    const i32 result = system_call(kGettimeofday, 0, reinterpret_cast<u32>(zone));
    if (result != 0) return {result, 0};
  }
  if (!tv) return {0, 0};
  Time shown{};
  const Answer answer = gettime32(sp, 0, &shown);
  *tv = {static_cast<i32>(shown.s), static_cast<i32>(static_cast<u32>(shown.ns) / 1000)};
  return answer;
}

Answer time32(const unsigned char* sp, i32* out) {
  Time shown{};
  const Answer answer = gettime32(sp, 0, &shown);
  if (out) *out = static_cast<i32>(shown.s);
  return {static_cast<i32>(shown.s), answer.news};
}

/// Tells the tracer of a clock value; it is read again for that, since this happens once a path.
[[gnu::cold]] void trap_clock(const Caller& caller, u32 nr, u32 reasons, u32 id, u32 arg0,
                              u32 arg1) {
  Time now{};
  read_clock(id, &now);
  trap(caller, nr, reasons, now, arg0, arg1);
}

struct StatCall {
  const StatLayout& layout;
  u32 buffer;
};

StatCall stat_call(const Caller& c) {
  switch (c.eax) {
    case kStatxNr:
      return {kStatx, c.edi};
    case kFstatat64:
      return {kStat64I386, c.edx};
    case kStat64:
    case kLstat64:
    case kFstat64:
      return {kStat64I386, c.ecx};
    case kStat:
    case kLstat:
    case kFstat:
      return {kStatI386, c.ecx};
    default:
      return {kOldStatI386, c.ecx};
  }
}

[[gnu::noinline, gnu::cold]] void trap_stat(const Caller& c, const StatShift& shifted) {
  if (!ttrace_is_news(entry_sp(c), shifted.reasons)) return;
  trap(c, c.eax, shifted.reasons, {shifted.first, 0}, c.ebx, c.ecx, c.edx, c.esi, c.edi);
}

/// Translates what a stat call has written.
void after_stat(const Caller& caller) {
  Data& data = ttrace_shim_data;
  const auto* const statx = reinterpret_cast<const unsigned char*>(caller.edi);
  if (caller.eax == kStatxNr && is_plain_old(data.clock, data.files, kStatx, statx)) return;
  const StatCall call = stat_call(caller);
  const StatShift shifted =
      shift_stat(steady_copy(data.clock), data.files, call.layout, data.shift_files,
                 reinterpret_cast<unsigned char*>(call.buffer));
  if (shifted.reasons) [[unlikely]]
    trap_stat(caller, shifted);
}

/// A clock system call of any width: the answer of the real one is replaced.
i32 after_clock_call(const Caller& c) {
  const auto* const sp = entry_sp(c);
  const bool has_id = c.eax == kClockGettime64 || c.eax == kClockGettime;
  Answer answer{0, 0};
  if (c.eax == kClockGettime64) {
    answer = gettime64(sp, c.ebx, reinterpret_cast<Time*>(c.ecx));
  } else if (c.eax == kClockGettime) {
    answer = clock_gettime32(sp, c.ebx, reinterpret_cast<Timespec32*>(c.ecx));
  } else if (c.eax == kGettimeofday) {
    answer =
        gettimeofday32(sp, reinterpret_cast<Timespec32*>(c.ebx), reinterpret_cast<void*>(c.ecx));
  } else {
    answer = time32(sp, reinterpret_cast<i32*>(c.ebx));
  }
  if (answer.news) {
    const u32 cut = c.eax == kClockGettime64 ? 0u : static_cast<u32>(kReasonTruncated);
    trap_clock(c, c.eax, kReasonTime | cut, has_id ? c.ebx : 0, c.ebx, c.ecx);
  }
  return answer.result;
}

}  // namespace

// Entered from entry_i386.S. The functions that stand in for the vDSO's are given the stack
// pointer at entry, and their trap_ twins follow when edx says so: by then the caller's registers
// are back in place and can be saved for the tracer, which the common case need not pay for.
extern "C" {

[[gnu::regparm(1)]] std::uint64_t ttrace_do_clock_gettime(const unsigned char* sp) {
  const Arguments args{sp};
  return pack(clock_gettime32(sp, args[0], reinterpret_cast<Timespec32*>(args[1])));
}

[[gnu::regparm(1)]] std::uint64_t ttrace_do_clock_gettime64(const unsigned char* sp) {
  const Arguments args{sp};
  return pack(gettime64(sp, args[0], reinterpret_cast<Time*>(args[1])));
}

[[gnu::regparm(1)]] std::uint64_t ttrace_do_gettimeofday(const unsigned char* sp) {
  const Arguments args{sp};
  return pack(
      gettimeofday32(sp, reinterpret_cast<Timespec32*>(args[0]), reinterpret_cast<void*>(args[1])));
}

[[gnu::regparm(1)]] std::uint64_t ttrace_do_time(const unsigned char* sp) {
  return pack(time32(sp, reinterpret_cast<i32*>(Arguments{sp}[0])));
}

[[gnu::regparm(1)]] void ttrace_trap_clock_gettime(const Caller* c) {
  trap_clock(*c, kClockGettime, kReasonTime | kReasonTruncated, c->stack_args[0], c->stack_args[0],
             c->stack_args[1]);
}

[[gnu::regparm(1)]] void ttrace_trap_clock_gettime64(const Caller* c) {
  trap_clock(*c, kClockGettime64, kReasonTime, c->stack_args[0], c->stack_args[0],
             c->stack_args[1]);
}

[[gnu::regparm(1)]] void ttrace_trap_gettimeofday(const Caller* c) {
  trap_clock(*c, kGettimeofday, kReasonTime | kReasonTruncated, 0, c->stack_args[0],
             c->stack_args[1]);
}

[[gnu::regparm(1)]] void ttrace_trap_time(const Caller* c) {
  trap_clock(*c, kTime, kReasonTime | kReasonTruncated, 0, c->stack_args[0], 0);
}

/// A system call of the set that entry_i386.S keeps from the real entry, which was made and did not
/// fail: so the kernel has accepted its pointers, and only what it accepted is touched. Returns the
/// result to hand on.
[[gnu::regparm(1)]] i32 ttrace_after_syscall(const Caller* c) {
  switch (c->eax) {
    case kClockGettime64:
    case kClockGettime:
    case kGettimeofday:
    case kTime:
      return after_clock_call(*c);
    default:
      after_stat(*c);
      return 0;
  }
}

}  // extern "C"

}  // namespace ttrace::shim
