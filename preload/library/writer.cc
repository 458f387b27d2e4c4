#include "preload/library/writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "preload/library/loader.h"
#include "preload/shim/clock_math.h"

namespace ttrace::preload {

Head* ttrace_head = nullptr;

namespace {

using shim::Time;

Head no_channel;

Head* map_channel(long fd) {
  const long at = system_call(kMmap, 0, kChannelSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return at < 0 && at > -4096 ? nullptr : reinterpret_cast<Head*>(at);
}

bool is_channel(const Head* head) {
  return head && __atomic_load_n(&head->magic, __ATOMIC_ACQUIRE) == kChannelMagic &&
         head->version == kChannelVersion && head->ring_size == kRingSize;
}

/// A channel that was cut short would kill who looks at it.
Head* map_whole_channel(long fd) {
  const long size = system_call(SYS_lseek, fd, 0, SEEK_END);
  Head* const mapped = size < static_cast<long>(kChannelSize) ? nullptr : map_channel(fd);
  return is_channel(mapped) ? mapped : nullptr;
}

Head* open_channel(const char* path) {
  const long fd = system_call(SYS_openat, AT_FDCWD, address_of(path), O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  Head* const mapped = map_whole_channel(fd);
  system_call(SYS_close, fd);
  return mapped;
}

/// "PATH.PID"; false: it is too long.
bool name_beside(const char* path, char (&name)[kNameSize * 2]) {
  constexpr u32 kMostDigits = 10;
  u32 size = 0;
  for (; path[size]; ++size) {
    if (size + kMostDigits + 2 >= sizeof name) return false;
    name[size] = path[size];
  }
  name[size++] = '.';
  for (u32 pid = static_cast<u32>(system_call(SYS_getpid)); pid; pid /= 10) {
    name[size++] = static_cast<char>('0' + pid % 10);
  }
  name[size] = '\0';
  return true;
}

/// All of it: a program that met a full disk as it writes would be killed (SIGBUS).
bool give_size(long fd) {
  constexpr long kNotSupported = -95;  // EOPNOTSUPP
#ifdef __i386__
  const long result = system_call(SYS_fallocate, fd, 0, 0, 0, kChannelSize, 0);
#else
  const long result = system_call(SYS_fallocate, fd, 0, 0, kChannelSize);
#endif
  return result == 0 ||
         (result == kNotSupported && system_call(SYS_ftruncate, fd, kChannelSize) == 0);
}

Time machine_time(int clock) {
  Time time{};
  system_call(kClockGettime, clock, address_of(&time));
  return time;
}

i64 nanoseconds(const Time& time) { return time.s * shim::kNanoseconds + time.ns; }

bool fill_channel(long fd) {
  Head* const head = give_size(fd) ? map_channel(fd) : nullptr;
  if (!head) return false;
  head->version = kChannelVersion;
  head->ring_size = kRingSize;
  head->watch = kWatchTime | kWatchConnect | kWatchCrash;
  head->began = nanoseconds(machine_time(CLOCK_REALTIME));
  head->began_monotonic = nanoseconds(machine_time(CLOCK_MONOTONIC));
  __atomic_store_n(&head->magic, kChannelMagic, __ATOMIC_RELEASE);
  system_call(SYS_munmap, address_of(head), kChannelSize);
  return true;
}

/// Without ttrace: a channel of the first program's own making, which nobody empties. It gets its
/// name once it is complete: others may come at the same time.
Head* make_channel(const char* path) {
  if (system_call(SYS_faccessat, AT_FDCWD, address_of(path), F_OK) == 0) return open_channel(path);
  char unfinished[kNameSize * 2];
  if (!name_beside(path, unfinished)) return nullptr;
  const long fd = system_call(SYS_openat, AT_FDCWD, address_of(unfinished),
                              O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return nullptr;
  if (fill_channel(fd)) {
    system_call(SYS_linkat, AT_FDCWD, address_of(unfinished), AT_FDCWD, address_of(path), 0);
  }
  system_call(SYS_close, fd);
  system_call(SYS_unlinkat, AT_FDCWD, address_of(unfinished), 0);
  return open_channel(path);
}

unsigned char* ring() { return reinterpret_cast<unsigned char*>(ttrace_head) + kRingOffset; }

Record* record_at(u64 position) {
  return reinterpret_cast<Record*>(ring() + (position & (kRingSize - 1)));
}

void publish(Record* record, u64 position) {
  __atomic_store_n(&record->position, position + 1, __ATOMIC_RELEASE);
}

/// Where `size` bytes of the ring are the caller's; false: it is full. A record does not wrap
/// around the ring's end: a padding fills what is left there.
bool claim(u32 size, u64* position) {
  Head& to = *ttrace_head;
  u64 at = __atomic_load_n(&to.head, __ATOMIC_RELAXED);
  for (;;) {
    const u32 left = kRingSize - static_cast<u32>(at & (kRingSize - 1));
    const u32 padding = size <= left ? 0 : left;
    const u64 end = at + padding + size;
    if (end - __atomic_load_n(&to.tail, __ATOMIC_ACQUIRE) > kRingSize) return false;
    if (!__atomic_compare_exchange_n(&to.head, &at, end, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED)) {
      continue;
    }
    if (padding) {
      record_at(at)->kind = Kind::kPadding;
      record_at(at)->size = padding;
      publish(record_at(at), at);
    }
    *position = at + padding;
    return true;
  }
}

}  // namespace

Head& attach() {
  const char* const path = initial_variable("TTRACE_CHANNEL");
  const char* const alone = path ? nullptr : initial_variable("TTRACE_OUTPUT");
  Head* const mapped = path ? open_channel(path) : alone ? make_channel(alone) : nullptr;
  Head* expected = nullptr;
  __atomic_compare_exchange_n(&ttrace_head, &expected, mapped ? mapped : &no_channel, false,
                              __ATOMIC_RELEASE, __ATOMIC_RELAXED);
  return *ttrace_head;
}

bool refill_channel(unsigned long address) {
  constexpr unsigned long kPage = 4096;
  const auto begin = reinterpret_cast<unsigned long>(ttrace_head);
  if (ttrace_head == &no_channel || address - begin >= kChannelSize) return false;
  const auto page = static_cast<long>(address & ~(kPage - 1));
  return system_call(kMmap, page, kPage, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

Record* reserve(Kind kind, u32 size) {
  if (head().ring_size == 0) return nullptr;
  const u32 rounded = (size + kRecordAlign - 1) / kRecordAlign * kRecordAlign;
  u64 position = 0;
  if (!claim(rounded, &position)) {
    count_dropped();
    return nullptr;
  }
  Record* const record = record_at(position);
  record->size = size;
  record->kind = kind;
  record->abi = sizeof(void*) * 8;
  record->pid = static_cast<i32>(system_call(SYS_getpid));
  record->tid = static_cast<i32>(system_call(SYS_gettid));
  record->at = nanoseconds(machine_time(CLOCK_MONOTONIC));
  return record;
}

// The ring is a power of two, and so its offset tells the position within a round; which round it
// is, the head tells: a writer is never more than one behind.
u64 commit(Record* record) {
  const u64 offset = static_cast<u64>(reinterpret_cast<unsigned char*>(record) - ring());
  const u64 now = __atomic_load_n(&ttrace_head->head, __ATOMIC_RELAXED);
  u64 position = (now & ~u64{kRingSize - 1}) | offset;
  if (position >= now) position -= kRingSize;
  publish(record, position);
  return position + 1;
}

}  // namespace ttrace::preload
