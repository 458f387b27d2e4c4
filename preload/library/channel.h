// The one agreement between ttrace and the preloaded library: a file that both map. Its head holds
// the run's clock and what is to be watched, its ring the records of what was seen. Any number of
// processes write, also of different ABIs; ttrace alone reads. Without a reader the ring fills
// once, and is a log.
//
// A writer never waits: what does not fit is counted in `dropped`. It reserves room by moving
// `head`, fills it, and writes the record's `position` last; a record whose writer died in between
// is never complete, and the reader goes on to the next that is.
#pragma once

#include <cstddef>

#include "preload/shim/protocol.h"

namespace ttrace::preload {

using shim::i32;
using shim::i64;
using shim::u16;
using shim::u32;
using shim::u64;

constexpr u32 kChannelMagic = 0x74726c70;
constexpr u32 kChannelVersion = 5;
constexpr u32 kRingSize = 8u << 20;  // a power of two
constexpr u32 kRecordAlign = 64;

/// What the library is to do. Bits of Head::watch.
enum Watch : u32 {
  kWatchTime = 1u << 0,
  kShiftFiles = 1u << 1,
  kFakedClock = 1u << 2,
  kWatchConnect = 1u << 3,
  kWatchCrash = 1u << 4,
};

/// How often a call path was taken again after its record. A program takes a block of counters
/// with its first path; the children that it forks count on in it.
constexpr u32 kPathCount = 256;  // of one program
constexpr u32 kCounterCount = kPathCount * 4096;

constexpr u32 kNameSize = 256;

constexpr u32 kAddressSize = 128;  // of struct sockaddr_storage
struct Address {
  u32 size;  // 0: none
  u32 reserved;
  unsigned char bytes[kAddressSize];
};

/// What kind of socket connects: each meets a fault in its own way.
enum SocketClass : u32 { kTcp4, kTcp6, kUdp4, kUdp6, kUnixStream, kUnixDatagram, kClassCount };

/// A rule of --connect, as it is applied in the target. The tracer holds the other ends.
struct Rule {
  enum Who : u32 { kAny, kInet, kUnix };
  u32 who;
  u32 prefix;             // bits of `net` that count
  unsigned char net[16];  // an IPv4 address as ::ffff:a.b.c.d
  i32 port;               // -1: any
  u32 silent;             // a timeout: the other end does not answer
  u32 bounded;            // a timeout with a duration
  u32 reserved;
  i64 duration;               // of a timeout or a delay, in nanoseconds
  i32 result[kClassCount];    // do not connect: negative errno; 0: connect
  u32 remember[kClassCount];  // the socket will have a peer: getpeername() must name another
  Address instead[kClassCount];
  char glob[kNameSize];  // kUnix
};
constexpr u32 kRuleCount = 16;

struct Head {
  u32 magic;
  u32 version;
  u32 ring_size;
  u32 watch;  // Watch bits
  alignas(8) u64 head;
  u64 tail;
  u64 dropped;        // records that found no room
  u32 counters_used;  // may pass kCounterCount: who is told so has none
  u32 reserved;
  shim::ClockParams clock;
  shim::FileSystems files;
  u32 rule_count;
  u32 reserved2;
  Rule rules[kRuleCount];
  i64 began;            // without ttrace: CLOCK_REALTIME then, in nanoseconds
  i64 began_monotonic;  // and CLOCK_MONOTONIC
};
constexpr u32 kRingOffset = 32768;
constexpr u32 kCountersOffset = kRingOffset + kRingSize;
constexpr u32 kChannelSize = kCountersOffset + kCounterCount * sizeof(u32);

enum class Kind : u16 {
  kPadding = 1,  // up to the ring's end
  kProgram,      // ProgramRecord: a process runs a program
  kForked,       // ProgramRecord: a process was made by another
  kExecuting,    // ExecRecord
  kMaps,         // MapsRecord: what is mapped in it, ahead of the first stack that needs it
  kOversize,     // OversizeRecord
  kCut,          // CutRecord
  kClockSet,     // CutRecord: the clock was set
  kConnect,      // ConnectRecord: a connect begins
  kConnectEnd,   // ConnectEndRecord
  kAction,       // ActionRecord
  kSetting,      // SettingRecord
  kFatal,        // FatalRecord
  kChildEnded,   // ChildEndedRecord
  kStep,         // StepRecord
};

struct Record {
  alignas(8) u64 position;  // of this record in the endless ring, plus one; 0: not complete
  u32 size;                 // with this header, unrounded
  Kind kind;
  u16 abi;  // bits of a pointer: 32, 64
  i32 pid;
  i32 tid;
  i64 at;  // CLOCK_MONOTONIC of the machine, in nanoseconds
};

struct ProgramRecord {
  Record record;
  i32 parent;
  u32 reserved;
  char comm[16];
  char exe[kNameSize];
};

/// A process executes a program, which will say so itself if it can be watched; or it failed to.
struct ExecRecord {
  Record record;
  i32 process;
  u32 failed;
  char file[kNameSize];  // as it was asked for
};

/// A piece of /proc/self/maps.
struct MapsRecord {
  Record record;
  u32 serial;  // of this reading of the maps in this process
  u32 offset;  // of the piece in the text
  u32 size;    // 0: the text is whole
  u32 reserved;
  // `size` bytes follow
};

/// Where a thread stood, in the library: the callee-saved registers, in the order of the ABI's
/// DWARF numbering, and its stack, which ends the record: the innermost bytes whole, and of what
/// lies further out the pieces that unwinding takes.
struct StackCopy {
  u64 function;  // the C library's function that the program called, as an address
  u64 ip;
  u64 registers[17];
  u64 sp;
  u32 size;    // bytes that follow, from sp on
  u32 pieces;  // that follow these
};
constexpr u32 kMaxStackBytes = 32768;
constexpr u32 kStackReach = 256u << 10;  // further out nothing is looked at

/// A word that may be a return address, and what lies below it: there functions save registers. Or
/// the code by which handlers return, which ttrace can read in the process only while that lives.
struct StackPiece {
  u64 address;
  unsigned char bytes[64];  // the word ends them
};
constexpr u32 kMostPieces = 256;

/// The C library's functions that are watched for values that do not fit, by the system call that
/// is made for them.
struct OversizeRecord {
  Record record;
  u32 reasons;  // shim::Reason bits
  u32 counter;  // index of it
  i64 seconds;  // the clock's value, or the first stamp that does not fit
  i64 result;   // of the C library's function
  i32 error;    // errno after it; 0: as before
  i32 clock;    // clock id; of a stat call: the directory's descriptor
  u32 flags;    // of a stat call
  u32 has_path;
  u64 buffer;  // address that was handed in
  char function[32];
  char path[kNameSize];
  StackCopy stack;
};

/// A time that the program handed over: cut to 32 bits on its way, or to set the clock to.
struct CutRecord {
  Record record;
  u32 counter;
  u32 is_stamp;  // a file's time stamp; else the end of a wait
  i64 seconds;
  char function[32];
  StackCopy stack;
};

struct ConnectRecord {
  Record record;
  i32 fd;
  i32 length;  // of the address, as the program gave it
  u32 nonblocking;
  u32 rule;  // index of the one that is applied, plus one; 0: none
  Address to;
  StackCopy stack;
};
constexpr u32 kMaxConnectStack = 8192;

struct ConnectEndRecord {
  enum Fate : u32 { kEnded, kAbandoned };
  enum By : u32 { kByConnect, kByGetsockopt, kByKernel, kUnasked, kByClose };
  Record record;
  u64 begin;  // the `position` of its ConnectRecord
  u32 fate;
  i32 error;  // 0: connected; negative: not known
  u32 by;
  u32 has_limits;
  i64 send_timeout;  // in nanoseconds
  i32 user_timeout;  // in milliseconds
  i32 syn_count;
  i64 ended;  // when the kernel was done with it, as far as is known; 0: as the record says
};

/// What becomes of a signal that dumps core by default was set.
struct ActionRecord {
  Record record;
  i32 signal;
  u32 flags;    // SA_NODEFER and the like, as the program gave them
  u64 handler;  // its address; 0: SIG_DFL, 1: SIG_IGN
};

/// Something was set that a crash or its core depends on.
struct SettingRecord {
  enum Call : u32 { kLimit, kPrctl, kCredentials, kAlternateStack, kSeccomp };
  Record record;
  u32 call;
  i32 process;    // whose
  u32 option;     // the resource of a limit, the option of prctl(), the operation of seccomp()
  u32 count;      // of `values`
  i64 values[3];  // what was set, as the program gave it; of a limit the soft one
  i64 result;
  char function[32];
};

/// A signal that dumps core by default has come, and is about to do what it does.
struct FatalRecord {
  Record record;
  i32 signal;
  i32 code;            // si_code
  u64 address;         // si_addr, if the kernel made the signal
  i32 sender;          // else who sent it
  i32 dumpable;        // PR_GET_DUMPABLE
  u64 handler;         // as in ActionRecord
  u64 alternate_size;  // of the stack that the handler runs on; 0: the thread's own
  u64 eflags;
  u64 core_limit;  // soft limits; all bits: none
  u64 file_limit;
  u64 stack_limit;
  u32 uid, gid;
  char directory[kNameSize];  // the working directory
  StackCopy stack;            // at the fault
};

/// A process learned how its child ended.
struct ChildEndedRecord {
  Record record;
  i32 child;
  i32 status;  // as wait(2) has it
};

/// What a process does between a signal that dumps core by default and its end, in the handler.
/// kForked: it was made there by another.
struct StepRecord {
  enum What : u32 { kForked, kRaises, kSets, kWaited, kWrites, kLimits, kExits, kReturned, kJumps };
  Record record;
  u32 what;
  i32 signal;
  i32 process;  // that a signal is sent to (0: this one), that was waited for
  i32 value;    // status, descriptor, resource
  i64 amount;   // the soft limit, the result of a write
  u64 handler;  // that is set, as in ActionRecord
  char function[32];
  char file[128];  // that is written to
  char text[kNameSize];
};

static_assert(sizeof(StepRecord) == 480);
static_assert(sizeof(Rule) % 8 == 0 && sizeof(ConnectRecord) == 352 &&
              sizeof(ConnectEndRecord) == 80);
static_assert(sizeof(CutRecord) == 248 && sizeof(ActionRecord) == 48);
static_assert(sizeof(SettingRecord) == 112 && sizeof(FatalRecord) == 536);
static_assert(sizeof(ChildEndedRecord) == 40);
static_assert(sizeof(Head) < kRingOffset && sizeof(Record) == 32 && sizeof(StackCopy) == 168 &&
              sizeof(StackPiece) == 72);
static_assert(sizeof(ProgramRecord) == 312 && sizeof(MapsRecord) == 48);
static_assert(sizeof(OversizeRecord) == 536 && offsetof(OversizeRecord, stack) == 368);
static_assert(offsetof(Head, clock) == 48 && offsetof(Head, files) == 192);

}  // namespace ttrace::preload
