// Where the kernel's stat structures keep their time stamps, for each ABI and generation, and the
// translation of those stamps in place. Used by the shim inside the target and by the tracer on a
// copy. Sources: arch/x86/include/uapi/asm/stat.h, include/uapi/linux/stat.h (Linux 6.1).
#pragma once

#include "preload/shim/clock_math.h"

namespace ttrace::shim {

/// Byte offsets in one kind of stat structure. `sec_size` and the sizes of the other fields are in
/// bytes; ns offset 0 means whole seconds only; size 0 means the field is as wide as it gets.
struct StatLayout {
  u16 length;  // of the structure
  u16 atime, mtime, ctime;
  u16 btime;     // 0: none
  u16 ns_step;   // from a stamp's seconds to its nanoseconds; 0: none
  u16 sec_size;  // 4: cut to 32 bits
  u16 size, size_size;
  u16 inode, inode_size;
  u16 blocks, blocks_size;
  u16 device, device_size;  // size 8: major and minor number, 4 bytes each
};

constexpr StatLayout kStatx{256, 64, 112, 96, 80, 8, 8, 40, 8, 32, 8, 48, 8, 136, 8};
constexpr StatLayout kStatX86_64{144, 72, 88, 104, 0, 8, 8, 48, 8, 8, 8, 64, 8, 0, 4};
constexpr StatLayout kStat64I386{96, 64, 72, 80, 0, 4, 4, 44, 8, 88, 8, 56, 8, 0, 4};
constexpr StatLayout kStatI386{64, 32, 40, 48, 0, 4, 4, 20, 4, 4, 4, 28, 4, 0, 4};
constexpr StatLayout kOldStatI386{32, 20, 24, 28, 0, 0, 4, 16, 4, 2, 2, 0, 0, 0, 2};

static_assert(kReasonMtime == kReasonAtime << 1 && kReasonCtime == kReasonAtime << 2);

// Constant sizes only: there is no memcpy to call in here.
inline std::uint64_t load(const unsigned char* at, unsigned size) {
  if (size == 8) {
    std::uint64_t value;
    __builtin_memcpy(&value, at, 8);
    return value;
  }
  u32 value;
  __builtin_memcpy(&value, at, 4);
  return value;
}

inline void store(unsigned char* at, i64 value, unsigned size) {
  const u32 low = static_cast<u32>(value);
  if (size == 8) {
    __builtin_memcpy(at, &value, 8);
  } else {
    __builtin_memcpy(at, &low, 4);
  }
}

inline i64 load_seconds(const unsigned char* at, unsigned size) {
  return size == 4 ? static_cast<i32>(load(at, 4)) : static_cast<i64>(load(at, 8));
}

/// new_encode_dev() of include/linux/kdev_t.h, as st_dev has it.
constexpr u32 encode_device(u32 major, u32 minor) {
  return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

inline u32 device_of(const StatLayout& layout, const unsigned char* stat) {
  const u32 device = static_cast<u32>(load(stat + layout.device, 4));
  if (layout.device_size == 4) return device;
  if (layout.device_size == 2) return device & 0xffff;
  return encode_device(device, static_cast<u32>(load(stat + layout.device + 4, 4)));
}

[[gnu::noinline]] inline bool find_fresh(const FileSystems& files, u32 device) {
  for (u32 i = 0; i < files.fresh_count && i < kFreshCount; ++i) {
    if (files.fresh[i] == device) return true;
  }
  return false;
}

/// Is the file on a file system whose files are no older than the run?
inline bool is_fresh(const FileSystems& files, const StatLayout& layout,
                     const unsigned char* stat) {
  const u32 device = device_of(layout, stat);
  return device != files.known_old && device != files.layer_files && find_fresh(files, device);
}

/// How long after its making a copy in the layer of --root may get its last ctime.
constexpr Time kCopyUp{0, 10000000};

inline Time load_statx_time(const unsigned char* at) {
  return {static_cast<i64>(load(at, 8)), static_cast<i64>(load(at + 8, 4))};
}

/// Is the ctime of this struct statx only that of a copy in the layer of --root?
[[gnu::noinline]] inline bool only_copied_up(const ClockParams& clock, const FileSystems& files,
                                             const unsigned char* statx) {
  constexpr u32 kHasBtime = 0x800, kTypeMask = 0170000, kDirectory = 0040000;
  constexpr u32 kAttributes = 8,
                kMark = 0x40;  // STATX_ATTR_NODUMP: tracer/intercept/inode_changes.cc
  if (load(statx + kAttributes, 4) & kMark) return false;
  if (!(load_statx_time(statx + kStatx.mtime) < clock.first_stamp)) return false;
  const u32 device = device_of(kStatx, statx);
  // Directories that the layer has from below have no count of links (fs/overlayfs/inode.c,
  // ovl_getattr); its own have. Their ctime changes with each entry that is copied up, too.
  if ((load(statx + 28, 4) & kTypeMask) == kDirectory) {
    return device == files.layer && load(statx + 16, 4) == 1;
  }
  // A file's is that of the copying, until the target changes its inode.
  const Time ctime = load_statx_time(statx + kStatx.ctime);
  const Time btime = load_statx_time(statx + kStatx.btime);
  return device == files.layer_files && load(statx, 4) & kHasBtime &&
         !(btime < clock.first_stamp) && ctime - btime < kCopyUp;
}

/// Shifts one stamp in place. Returns its full seconds, even where the field holds only 32 bits.
inline i64 shift_stamp(const ClockParams& clock, const StatLayout& layout, bool fresh,
                       unsigned char* at) {
  Time stamp{load_seconds(at, layout.sec_size), 0};
  unsigned char* const ns = at + layout.ns_step;
  // Nanoseconds fit 4 bytes; where there are 8, the others are zero.
  if (layout.ns_step) stamp.ns = static_cast<i64>(load(ns, 4));
  if (made_in_run(clock, stamp)) {
    stamp = shown_time(clock, stamp);
  } else if (fresh && stamp < clock.first_stamp) {
    stamp = clock.shown0;
  } else {
    return stamp.s;
  }
  store(at, stamp.s, layout.sec_size);
  if (layout.ns_step) store(ns, stamp.ns, 4);
  return stamp.s;
}

/// The same in fewer instructions where the rate is 1, the file system is not fresh, and seconds
/// have 8 bytes.
[[gnu::always_inline]] inline i64 shift_wide_stamp(const ClockParams& clock, unsigned char* at) {
  const i64 s = static_cast<i64>(load(at, 8));
  const u32 ns = static_cast<u32>(load(at + 8, 4));
  const bool is_old = s < clock.first_stamp.s ||
                      (s == clock.first_stamp.s && ns < static_cast<u32>(clock.first_stamp.ns));
  if (is_old || s > clock.horizon.s) return s;
  u32 shown_ns = ns + static_cast<u32>(clock.offset.ns);
  i64 shown_s = s + clock.offset.s;
  if (shown_ns >= static_cast<u32>(kNanoseconds)) {
    shown_ns -= static_cast<u32>(kNanoseconds);
    ++shown_s;
  }
  store(at, shown_s, 8);
  store(at + 8, shown_ns, 4);
  return shown_s;
}

/// A quick look at a struct statx or stat of x86-64: is this a file like most, all its stamps from
/// before the run and nothing in it too large for 32 bits? Then shift_stat() has nothing to do. It
/// reads only what never changes in `clock`.
[[gnu::always_inline]] inline bool is_plain_old(const ClockParams& clock, const FileSystems& files,
                                                const StatLayout& layout,
                                                const unsigned char* stat) {
  if (static_cast<u64>(clock.first_stamp.s) >> 32) return false;
  const u64 btime = layout.btime ? load(stat + layout.btime, 8) : 0;
  const u64 atime = load(stat + layout.atime, 8);
  const u64 mtime = load(stat + layout.mtime, 8);
  const u64 ctime = load(stat + layout.ctime, 8);
  if ((atime | mtime | ctime | btime | load(stat + layout.size, 8)) >> 31) return false;
  if ((load(stat + layout.inode, 8) | load(stat + layout.blocks, 8)) >> 32) return false;
  const u32 begin = static_cast<u32>(clock.first_stamp.s);
  const auto is_old = [begin](u64 seconds) { return static_cast<u32>(seconds) < begin; };
  if (!is_old(atime) || !is_old(mtime) || !is_old(ctime) || !is_old(btime)) return false;
  const u32 device = device_of(layout, stat);
  return device == files.known_old && device != files.layer;
}

struct StatShift {
  u32 reasons;  // Reason bits for what does not fit 32 bits
  i64 first;    // seconds of the first stamp that does not fit
};

/// Shifts every stamp of the structure (if `shift`) and says what does not fit a 32-bit program.
/// One short loop: between two system calls little code stays in the processor's cache.
inline StatShift shift_stat(const ClockParams& clock, const FileSystems& files,
                            const StatLayout& layout, bool shift, unsigned char* stat) {
  if (files.layer && shift && layout.btime && only_copied_up(clock, files, stat)) [[unlikely]] {
    __builtin_memcpy(stat + layout.ctime, stat + layout.mtime, 12);
    __builtin_memcpy(stat + layout.btime, stat + layout.mtime, 12);
  }
  const bool fresh = shift && is_fresh(files, layout, stat);
  const bool easy = layout.sec_size == 8 && !clock.scaled && !fresh;
  const u16 offsets[] = {layout.atime, layout.mtime, layout.ctime, layout.btime};
  StatShift result{0, 0};
  for (unsigned i = 0; i < 4 && offsets[i]; ++i) {
    unsigned char* const at = stat + offsets[i];
    const i64 seconds = !shift ? load_seconds(at, layout.sec_size)
                        : easy ? shift_wide_stamp(clock, at)
                               : shift_stamp(clock, layout, fresh, at);
    const bool is_birth = i == 3;  // the time of birth is in no 32-bit structure
    if (fits_time32(seconds) || is_birth) [[likely]]
      continue;
    if (!result.reasons) result.first = seconds;
    result.reasons |= static_cast<u32>(kReasonAtime) << i;
  }
  if (result.reasons && layout.sec_size == 4) result.reasons |= kReasonTruncated;
  if (layout.size_size == 8 && load(stat + layout.size, 8) > 0x7fffffff) {
    result.reasons |= kReasonSize;
  }
  if (layout.inode_size == 8 && load(stat + layout.inode, 8) >> 32) {
    result.reasons |= kReasonInode;
  }
  if (layout.blocks_size == 8 && load(stat + layout.blocks, 8) >> 32) {
    result.reasons |= kReasonBlocks;
  }
  return result;
}

}  // namespace ttrace::shim
