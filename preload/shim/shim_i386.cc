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
void ttrace_trap(const Report* report, u32 cookie) __attribute__((regparm(2), visibility("hidden")));
}

namespace {

// entry_i386.S names these by number.
static_assert(__builtin_offsetof(Data, cookie) == 4);
static_assert(__builtin_offsetof(Data, real_vsyscall) == 56);
static_assert(__builtin_offsetof(Caller, ebp) == 24);

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

bool same_path(const CallPath& path, const unsigned char* sp) {
  for (unsigned i = 0; i < path.word_count; ++i) {
    if (*reinterpret_cast<const u32*>(sp + path.words[i].offset) != path.words[i].value) {
      return false;
    }
  }
  return true;
}

CallPath* find_path(Data& data, const Caller& caller) {
  const auto* sp = reinterpret_cast<const unsigned char*>(&caller.eip);
  const u32 key = caller.eip ^ (reinterpret_cast<u32>(sp) >> 2);
  u16& cached = data.path_cache[(key ^ key >> 8) % kPathCacheSize];
  if (cached < data.path_count && same_path(data.paths[cached], sp)) return &data.paths[cached];
  for (u32 i = 0; i < data.path_count; ++i) {
    if (!same_path(data.paths[i], sp)) continue;
    cached = static_cast<u16>(i);
    return &data.paths[i];
  }
  return nullptr;
}

void count(u32& counter) { asm volatile("lock incl %0" : "+m"(counter)); }

__attribute__((noinline, cold)) void trap(const Caller& caller, u32 nr, u32 reasons,
                                          const Time& time, const u32 (&args)[5]) {
  Report report{kProtocolVersion,
                reasons,
                nr,
                reinterpret_cast<u32>(&caller),
                {args[0], args[1], args[2], args[3], args[4]},
                0,
                time};
  ttrace_trap(&report, ttrace_shim_data.cookie);
}

void note(const Caller& caller, u32 nr, u32 reasons, const Time& time, const u32 (&args)[5]) {
  Data& data = ttrace_shim_data;
  if (!data.watch_paths) return;
  CallPath* const path = find_path(data, caller);
  if (path) {
    count(path->times);
    if (!(reasons & ~path->reasons)) return;
  } else if (data.path_count >= kPathCount) {
    count(data.overflowed);
    return;
  }
  trap(caller, nr, reasons, time, args);
}

Time show(u32 id, const Time& real) {
  const volatile ClockParams& clock = ttrace_shim_data.clock;
  if (clock.scaled) return shown_reading(steady_copy(clock), id, real);
  if (!is_in(kWallClocks, id)) return real;
  u32 before;
  Time offset;
  do {
    before = __atomic_load_n(&clock.sequence, __ATOMIC_ACQUIRE);
    offset.s = clock.offset.s;
    offset.ns = clock.offset.ns;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
  } while ((before & 1) || before != __atomic_load_n(&clock.sequence, __ATOMIC_RELAXED));
  return real + offset;
}

i32 system_call(u32 nr, u32 arg0, u32 arg1) {
  Caller registers{};
  registers.eax = nr;
  registers.ebx = arg0;
  registers.ecx = arg1;
  return ttrace_call_real(&registers);
}

/// Reads clock `id` in full width, as the machine has it.
i32 read_clock(u32 id, Time* time) {
  const Data& data = ttrace_shim_data;
  if (data.real_clock_gettime64 && !data.direct_calls) {
    const auto real = reinterpret_cast<i32 (*)(u32, Time*)>(data.real_clock_gettime64);
    return real(id, time);
  }
  const i32 result = system_call(kClockGettime64, id, reinterpret_cast<u32>(time));
  if (result != -38) return result;
  Timespec32 old{};
  const i32 old_result = system_call(kClockGettime, id, reinterpret_cast<u32>(&old));
  if (old_result == 0) *time = {old.s, old.ns};
  return old_result;
}

i32 gettime64(const Caller& caller, u32 id, Time* out) {
  const i32 result = read_clock(id, out);
  if (result != 0) return result;
  const Time shown = show(id, *out);
  *out = shown;
  if (!fits_time32(shown.s)) [[unlikely]] {
    note(caller, kClockGettime64, kReasonTime, shown, {id, reinterpret_cast<u32>(out), 0, 0, 0});
  }
  return 0;
}

/// The 32-bit calls: the value that does not fit is handed over cut, as the kernel does.
i32 gettime32(const Caller& caller, u32 nr, u32 id, Time* shown, const u32 (&args)[5]) {
  Time real{};
  const i32 result = read_clock(id, &real);
  if (result != 0) return result;
  *shown = show(id, real);
  if (!fits_time32(shown->s)) [[unlikely]] {
    note(caller, nr, kReasonTime | kReasonTruncated, *shown, args);
  }
  return 0;
}

i32 clock_gettime32(const Caller& caller, u32 id, Timespec32* out) {
  Time shown{};
  const i32 result =
      gettime32(caller, kClockGettime, id, &shown, {id, reinterpret_cast<u32>(out), 0, 0, 0});
  if (result == 0) *out = {static_cast<i32>(shown.s), static_cast<i32>(shown.ns)};
  return result;
}

i32 gettimeofday32(const Caller& caller, Timespec32* tv, void* zone) {
  if (zone) {
    const i32 result = system_call(kGettimeofday, 0, reinterpret_cast<u32>(zone));
    if (result != 0 || !tv) return result;
  }
  if (!tv) return 0;
  Time shown{};
  gettime32(caller, kGettimeofday, 0, &shown,
            {reinterpret_cast<u32>(tv), reinterpret_cast<u32>(zone), 0, 0, 0});
  *tv = {static_cast<i32>(shown.s), static_cast<i32>(static_cast<u32>(shown.ns) / 1000)};
  return 0;
}

i32 time32(const Caller& caller, i32* out) {
  Time shown{};
  gettime32(caller, kTime, 0, &shown, {reinterpret_cast<u32>(out), 0, 0, 0, 0});
  if (out) *out = static_cast<i32>(shown.s);
  return static_cast<i32>(shown.s);
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

i32 stat_any(const Caller& caller) {
  const i32 result = ttrace_call_real(&caller);
  if (result != 0) return result;
  const StatCall call = stat_call(caller);
  const Data& data = ttrace_shim_data;
  const StatShift shifted = shift_stat(steady_copy(data.clock), call.layout, data.shift_files,
                                       reinterpret_cast<unsigned char*>(call.buffer));
  if (shifted.reasons) [[unlikely]] {
    note(caller, caller.eax, shifted.reasons, {shifted.first, 0},
         {caller.ebx, caller.ecx, caller.edx, caller.esi, caller.edi});
  }
  return 0;
}

}  // namespace

// Entered from entry_i386.S with the caller's registers saved.
extern "C" {

__attribute__((regparm(1))) i32 ttrace_on_clock_gettime(Caller* c) {
  return clock_gettime32(*c, c->stack_args[0], reinterpret_cast<Timespec32*>(c->stack_args[1]));
}

__attribute__((regparm(1))) i32 ttrace_on_clock_gettime64(Caller* c) {
  return gettime64(*c, c->stack_args[0], reinterpret_cast<Time*>(c->stack_args[1]));
}

__attribute__((regparm(1))) i32 ttrace_on_gettimeofday(Caller* c) {
  return gettimeofday32(*c, reinterpret_cast<Timespec32*>(c->stack_args[0]),
                        reinterpret_cast<void*>(c->stack_args[1]));
}

__attribute__((regparm(1))) i32 ttrace_on_time(Caller* c) {
  return time32(*c, reinterpret_cast<i32*>(c->stack_args[0]));
}

/// A system call of the set that entry_i386.S keeps from the real entry. Unlike a library call it
/// may be given any pointer: the kernel is asked first, and only what it accepted is touched.
__attribute__((regparm(1))) i32 ttrace_on_syscall(Caller* c) {
  switch (c->eax) {
    case kClockGettime64:
    case kClockGettime:
    case kGettimeofday:
    case kTime: {
      const i32 result = ttrace_call_real(c);
      const bool failed = result < 0 && result > -4096;
      if (failed) return result;
      break;
    }
    default:
      return stat_any(*c);
  }
  switch (c->eax) {
    case kClockGettime64:
      return gettime64(*c, c->ebx, reinterpret_cast<Time*>(c->ecx));
    case kClockGettime:
      return clock_gettime32(*c, c->ebx, reinterpret_cast<Timespec32*>(c->ecx));
    case kGettimeofday:
      return gettimeofday32(*c, reinterpret_cast<Timespec32*>(c->ebx),
                            reinterpret_cast<void*>(c->ecx));
    default:
      return time32(*c, reinterpret_cast<i32*>(c->ebx));
  }
}

}  // extern "C"

}  // namespace ttrace::shim
