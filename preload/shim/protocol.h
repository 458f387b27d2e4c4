// The one agreement between the tracer and what it maps into a target: the layout of the shim's
// data, the report it hands over at a trap, and the version of both. Compiled into the 64-bit
// tracer and into the shim of every ABI, so each type has one size and alignment everywhere.
#pragma once

#include <cstdint>

namespace ttrace::shim {

constexpr std::uint32_t kProtocolVersion = 2;

// i386 aligns 64-bit integers to 4 bytes and the tracer to 8: the structures below keep them at
// multiples of 8 by their order, and the assertions at the end hold both sides to that.
using i64 = std::int64_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using u32 = std::uint32_t;
using u16 = std::uint16_t;

/// Seconds since an epoch and 0 <= ns < 10^9.
struct Time {
  i64 s;
  i64 ns;
};

/// How the target's clocks follow the machine's: shown = shown0 + (real - real0) * rate. The other
/// clocks are true at rate 1 and run from their value at the run's beginning otherwise.
struct ClockParams {
  u32 sequence;  // odd while the tracer changes the rest (a sequence lock)
  u32 scaled;    // 0: the rate is 1 and `offset` alone says it all
  Time offset;   // shown0 - real0
  Time real0;    // CLOCK_REALTIME when the run began
  Time shown0;   // what the target saw then
  u64 rate_q32;  // the rate as 32.32 fixed point
  Time monotonic0, raw0, boottime0;
  // A file's time stamp before the first of these was made before the run began; after the second,
  // it was set by a program, and is no time of making.
  Time first_stamp, horizon;
};

/// What the file systems do to time stamps. Devices as st_dev has them, 32 bits wide
/// (new_encode_dev() of include/linux/kdev_t.h).
constexpr unsigned kFreshCount = 24;
struct FileSystems {
  // Those that exist in memory only: all in them is as young as the machine's boot, which the
  // target's clock puts at the run's beginning.
  u32 fresh_count;
  u32 known_old;  // the device of the root directory, which is none of them
  u32 fresh[kFreshCount];
  // Those of the layer that --root puts over a directory, for directories and for files that were
  // there before; 0: there is none. Opening a file to write, or making one in a directory, copies
  // it up with all above it, and that gives the copies another ctime.
  u32 layer;
  u32 layer_files;
};

/// Why a value does not fit a 32-bit program. Bits, so that one report carries all of them.
enum Reason : u32 {
  kReasonTime = 1u << 0,
  kReasonAtime = 1u << 1,
  kReasonMtime = 1u << 2,
  kReasonCtime = 1u << 3,
  kReasonSize = 1u << 4,
  kReasonInode = 1u << 5,
  kReasonBlocks = 1u << 6,
  kReasonTruncated = 1u << 7,  // the interface is 32-bit: the value is already cut
};

/// A known call path: what the words of the stack are when the shim is entered on it. The tracer
/// writes it once, with the thread stopped; from then on the shim recognises the path by itself
/// and only counts. The first word is the return address, at offset 0.
constexpr unsigned kPathWords = 12;
struct CallPath {
  u32 word_count;  // 0: a free entry
  u32 reasons;     // those the tracer has been told of on this path
  u32 times;       // how often it was taken again
  u32 matcher;     // address of the code that recognises it; 0: none
  struct Word {
    u32 offset;  // bytes above the stack pointer at entry
    u32 value;
  } words[kPathWords];
};
constexpr unsigned kPathCount = 256;
constexpr unsigned kPathCacheSize = 256;

/// A matcher: a call path as code, for the hot clock call of i386, which has no time to interpret
/// the words. The tracer writes it (tracer/shim/matchers.cc) into the room that entry_i386.S keeps.
constexpr unsigned kMatcherSize = 192;
constexpr unsigned kMatcherCount = 16;

/// The i386 registers at the entry of the shim: enough to unwind from its caller. The caller's
/// stack pointer at entry is the address of `eip`.
struct Caller {
  u32 eax, ecx, edx, ebx, esi, edi, ebp;
  u32 eip;
  u32 stack_args[2];
};

/// What the shim leaves on the target's stack for the tracer at a trap.
struct Report {
  u32 version;
  u32 reasons;  // Reason bits
  u32 syscall;  // number of the system call that carries such values, in the shim's ABI
  u32 caller;   // address of the Caller
  u32 args[5];  // of that system call
  u32 reserved;
  Time time;  // the clock's value, or the first time stamp that does not fit
};

/// The trap: a system call that no kernel implements, with the cookie, the report's address and
/// kTrapMagic as arguments. Without a tracer it fails with ENOSYS and harms nothing.
constexpr u32 kTrapMagic = 0x74747263;

/// Where the tracer tells the shim what to do. Addresses are the target's.
struct Data {
  u32 version;
  u32 cookie;        // last argument of the shim's own system calls: the filter lets them pass
  u32 shift_files;   // translate file time stamps
  u32 watch_paths;   // report values that do not fit (i386)
  u32 direct_calls;  // the vDSO falls back to system calls: make them with the cookie (x86-64)
  u32 path_count;    // entries of `paths` in use
  u64 real_clock_gettime;  // functions of the real vDSO; 0 where it has none, or on i386 where
                           // they fall back to system calls
  u64 real_clock_gettime64;
  u64 real_gettimeofday;
  u64 real_time;
  u64 real_vsyscall;  // the real __kernel_vsyscall (i386)
  u32 overflowed;     // reports not made because `paths` is full
  u32 threaded;       // more than one thread counts: count with locked instructions
  ClockParams clock;
  FileSystems files;
  u16 path_cache[kPathCacheSize];
  CallPath paths[kPathCount];
  u16 matcher_cache[kPathCacheSize];  // matchers, as distances from ttrace_unknown_path
};

static_assert(sizeof(Time) == 16 && sizeof(ClockParams) == 144 && sizeof(CallPath) == 112);
static_assert(__builtin_offsetof(ClockParams, offset) == 8 &&
              __builtin_offsetof(ClockParams, rate_q32) == 56);
static_assert(__builtin_offsetof(Report, time) == 40 && sizeof(Report) == 56);
static_assert(__builtin_offsetof(Data, cookie) == 4 &&
              __builtin_offsetof(Data, real_clock_gettime) == 24 &&
              __builtin_offsetof(Data, real_vsyscall) == 56 &&
              __builtin_offsetof(Data, clock) == 72 && __builtin_offsetof(Data, files) == 216 &&
              sizeof(Data) == 30024);

}  // namespace ttrace::shim
