#include "preload/library/stack.h"

#include <fcntl.h>

#include "preload/library/loader.h"

namespace ttrace::preload {
namespace {

constexpr unsigned long kPage = 4096;
constexpr unsigned kProbedPages = kStackReach / kPage + 1;
constexpr unsigned long kMainStack = 8ul << 20;  // the usual limit
// What of the stack tells call paths apart. Further out few paths differ that do not here.
constexpr u32 kSignatureBytes = 4096;

/// The stack of this thread that was last found readable.
struct Extent {
  unsigned long begin, end;
};
thread_local Extent known_extent [[gnu::tls_model("initial-exec")]];

/// Whether a page can be read: the kernel looks at the set of signals before it refuses to know
/// what to do with it (kernel/signal.c, rt_sigprocmask). Needs no privilege, and no memory.
bool is_readable(unsigned long page) {
  constexpr long kNothingToDo = -1, kFault = -14;  // EFAULT
  return system_call(SYS_rt_sigprocmask, kNothingToDo, static_cast<long>(page), 0, sizeof(u64)) !=
         kFault;
}

/// The end of the pages from `page` on that can be read, as far as `limit`.
unsigned long end_of_readable(unsigned long page, unsigned long limit) {
  unsigned long end = page;
  for (unsigned i = 0; i < kProbedPages && end < limit && is_readable(end); ++i) end += kPage;
  return end < limit ? end : limit;
}

/// The C library keeps what it knows of a thread at the end of the thread's stack (glibc,
/// nptl/allocatestack.c): what is mapped behind it is not the thread's, and may go at any time.
unsigned long thread_pointer() {
  unsigned long pointer;
#ifdef __x86_64__
  asm("mov %%fs:0, %0" : "=r"(pointer));
#else
  asm("mov %%gs:0, %0" : "=r"(pointer));
#endif
  return pointer;
}

// Ranges of code, for words that look like return addresses. Sorted, as the maps are.
constexpr unsigned kMostRanges = 512;
struct Range {
  unsigned long begin, end;
};
Range code[kMostRanges];
u32 code_count = 0;
u64 told_stamp = 0;  // of the modules that were told of, and for which process
u32 maps_serial = 0;

bool is_code(unsigned long word) {
  u32 low = 0, high = __atomic_load_n(&code_count, __ATOMIC_ACQUIRE);
  while (low < high) {
    const u32 middle = (low + high) / 2;
    if (word >= code[middle].end) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < code_count && word >= code[low].begin;
}

/// Picks the ranges of code out of the text of the maps as it comes by, piece by piece: each line
/// begins "BEGIN-END rwxp".
class MapsReader {
 public:
  void take(const char* text, u32 size) {
    for (u32 i = 0; i < size; ++i) take(text[i]);
  }
  u32 count() const { return count_; }

 private:
  enum class At { kBegin, kEnd, kRights, kRest };
  void take(char c) {
    if (c == '\n') {
      at_ = At::kBegin;
      range_ = {0, 0};
      column_ = 0;
    } else if (at_ == At::kBegin && c == '-') {
      at_ = At::kEnd;
    } else if (at_ == At::kEnd && c == ' ') {
      at_ = At::kRights;
    } else if (at_ == At::kBegin || at_ == At::kEnd) {
      unsigned long& value = at_ == At::kBegin ? range_.begin : range_.end;
      value = value * 16 + static_cast<unsigned long>(c >= 'a' ? c - 'a' + 10 : c - '0');
    } else if (at_ == At::kRights && ++column_ == 3) {
      if (c == 'x' && count_ < kMostRanges) code[count_++] = range_;
      at_ = At::kRest;
    }
  }
  At at_ = At::kBegin;
  Range range_{0, 0};
  unsigned column_ = 0;
  u32 count_ = 0;
};

/// Of i386: in the vDSO, beside the code by which handlers return (Linux 6.1
/// arch/x86/entry/vdso/vdso32/sigreturn.S).
unsigned long way_into_system_calls() {
  unsigned long address = 0;
#ifdef __i386__
  asm("mov %%gs:0x10, %0" : "=r"(address));
#endif
  return address;
}

/// Returns where the next one goes.
unsigned char* copy_piece(unsigned char* to, unsigned long from) {
  StackPiece piece;
  piece.address = from;
  __builtin_memcpy(piece.bytes, reinterpret_cast<const void*>(from), sizeof piece.bytes);
  __builtin_memcpy(to, &piece, sizeof piece);
  return to + sizeof piece;
}

void tell_piece(u32 serial, u32 offset, const char* text, u32 size) {
  auto* const piece = reserve_as<MapsRecord>(Kind::kMaps, size);
  if (!piece) return;
  piece->serial = serial;
  piece->offset = offset;
  piece->size = size;
  __builtin_memcpy(piece + 1, text, size);
  commit(&piece->record);
}

void read_maps() {
  const long fd =
      system_call(SYS_openat, AT_FDCWD, address_of("/proc/self/maps"), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const u32 serial = ++maps_serial;
  MapsReader reader;
  char text[1024];
  u32 offset = 0;
  for (long got; (got = system_call(SYS_read, fd, address_of(text), sizeof text)) > 0;) {
    const u32 size = static_cast<u32>(got);
    reader.take(text, size);
    tell_piece(serial, offset, text, size);
    offset += size;
  }
  tell_piece(serial, offset, text, 0);
  __atomic_store_n(&code_count, reader.count(), __ATOMIC_RELEASE);
  system_call(SYS_close, fd);
}

}  // namespace

u32 readable_stack(const unsigned char* from) {
  const auto at = reinterpret_cast<unsigned long>(from);
  const auto main_end = reinterpret_cast<unsigned long>(initial_stack());
  unsigned long end = main_end;
  if (at > main_end || main_end - at > kMainStack) {
    Extent& extent = known_extent;
    if (at < extent.begin || at >= extent.end) {
      extent.begin = at & ~(kPage - 1);
      extent.end = end_of_readable(extent.begin, at < thread_pointer() ? thread_pointer() : ~0ul);
    }
    end = extent.end;
  }
  return end - at < kStackReach ? static_cast<u32>(end - at) : kStackReach;
}

u32 probed_stack(unsigned long from) {
  const unsigned long end = end_of_readable(from & ~(kPage - 1), ~0ul);
  if (end <= from) return 0;
  return end - from < kStackReach ? static_cast<u32>(end - from) : kStackReach;
}

StackParts stack_parts(unsigned long from, u32 readable, u32 most_whole) {
  StackParts parts;
  parts.whole = readable < most_whole ? readable : most_whole;
  parts.piece_count = 0;
  const auto* const words = reinterpret_cast<const unsigned long*>(from);
  for (u32 i = parts.whole / sizeof(long); i < readable / sizeof(long); ++i) {
    if (!is_code(words[i])) continue;
    if (parts.piece_count == kMostPieces - kVdsoPieces) break;
    parts.words[parts.piece_count++] = i * static_cast<u32>(sizeof(long));
  }
  return parts;
}

void copy_stack(StackCopy& to, const StackCopy& place, unsigned long function,
                const StackParts& parts) {
  to = place;
  to.function = function;
  to.size = parts.whole;
  to.pieces = parts.piece_count + kVdsoPieces;
  const auto stack = static_cast<unsigned long>(place.sp);
  auto* bytes = reinterpret_cast<unsigned char*>(&to + 1);
  __builtin_memcpy(bytes, reinterpret_cast<const void*>(stack), parts.whole);
  bytes += parts.whole;
  for (u32 i = 0; i < parts.piece_count; ++i) {
    bytes = copy_piece(bytes, stack + parts.words[i] + sizeof(long) - sizeof StackPiece::bytes);
  }
  for (u32 i = 0; i < kVdsoPieces; ++i) {
    bytes = copy_piece(bytes, way_into_system_calls() + (i - 2) * sizeof StackPiece::bytes);
  }
}

void tell_maps() {
  const u64 pid = static_cast<u64>(system_call(SYS_getpid));
  const u64 stamp = pid << 32 | static_cast<u32>(module_stamp());
  if (__atomic_exchange_n(&told_stamp, stamp, __ATOMIC_ACQ_REL) != stamp) read_maps();
}

void tell_maps_anew() { read_maps(); }

u64 path_signature(const unsigned char* from, u32 size) {
  const auto* const words = reinterpret_cast<const unsigned long*>(from);
  const u32 bytes = size < kSignatureBytes ? size : kSignatureBytes;
  u64 hash = 14695981039346656037u;  // FNV-1a's numbers
  for (u32 i = 0; i < bytes / sizeof(long); ++i) {
    if (is_code(words[i])) hash = (hash ^ words[i]) * 1099511628211u;
  }
  return hash;
}

}  // namespace ttrace::preload
