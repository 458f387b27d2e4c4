#include "tracer/shim/entry_shim.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/narrow.h"
#include "tracer/base/status_field.h"
#include "tracer/engine/harmless_calls.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/shim/image.h"
#include "tracer/shim/inside.h"
#include "tracer/shim/relocate.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kReach = 0x70000000;  // of a jump, with room for the image itself
constexpr std::size_t kLooked = 32;           // bytes of a function, to move the first of
constexpr int kAskedStop = SIGTRAP | PTRACE_EVENT_STOP << 8;
constexpr int kSyscallStop = SIGTRAP | 0x80;

/// A function of the vDSO, the shim's that takes its place, and where the shim looks for the one
/// that was.
struct Entry {
  const char* name;
  const char* ours;
  std::size_t real;
};
constexpr Entry kEntriesX86_64[] = {
    {"__vdso_clock_gettime", "ttrace_clock_gettime", offsetof(shim::Data, real_clock_gettime)},
    {"__vdso_gettimeofday", "ttrace_gettimeofday", offsetof(shim::Data, real_gettimeofday)},
    {"__vdso_time", "ttrace_time", offsetof(shim::Data, real_time)},
};
constexpr Entry kEntriesI386[] = {
    {"__vdso_clock_gettime64", "ttrace_clock_gettime64",
     offsetof(shim::Data, real_clock_gettime64)},
    {"__vdso_clock_gettime", "ttrace_clock_gettime", offsetof(shim::Data, real_clock_gettime)},
    {"__vdso_gettimeofday", "ttrace_gettimeofday", offsetof(shim::Data, real_gettimeofday)},
    {"__vdso_time", "ttrace_time", offsetof(shim::Data, real_time)},
    {"__kernel_vsyscall", "ttrace_vsyscall", offsetof(shim::Data, real_vsyscall)},
};

std::vector<Entry> entries_of(Abi abi) {
  if (abi == Abi::kI386) return {std::begin(kEntriesI386), std::end(kEntriesI386)};
  return {std::begin(kEntriesX86_64), std::end(kEntriesX86_64)};
}

/// What ttrace would need to take the shim back, in the process itself: ttrace may be killed, and
/// another come. It begins the last page.
struct Record {
  static constexpr std::uint64_t kMagic = 0x5454524143453031;  // "TTRACE01"
  static constexpr std::size_t kMost = 8;
  std::uint64_t magic = kMagic;
  std::uint64_t base = 0;
  std::uint64_t count = 0;
  struct Patch {
    std::uint64_t at;
    std::uint64_t taken;
    std::array<std::uint8_t, 8> former;
  };
  std::array<Patch, kMost> patches{};
};
constexpr std::size_t kMovedAt = (sizeof(Record) + 63) / 64 * 64;  // in that page

Range range_of(const Process& process, const Vdso& vdso) {
  return {raw(process.space->vdso), raw(process.space->vdso) + vdso.size()};
}

/// A free place for `size` bytes from where a jump reaches `near`; 0: there is none. Not right
/// below a stack, which may grow.
std::uint64_t find_room(Pid pid, std::uint64_t near, std::uint64_t size) {
  const auto text = stacks::read_maps(pid);
  if (!text) return 0;
  const auto maps = stacks::parse_all_maps(*text);
  std::uint64_t best = 0, best_distance = kReach;
  const auto offer = [&](std::uint64_t at) {
    const std::uint64_t distance = at > near ? at - near : near - at;
    if (distance < best_distance) best = at, best_distance = distance;
  };
  for (std::size_t i = 1; i < maps.size(); ++i) {
    const std::uint64_t begin = maps[i - 1].end + kPage, end = maps[i].start;
    const bool grows = maps[i].name.starts_with("[stack");
    if (end < begin + size + kPage || grows) continue;
    offer(begin);
    offer(end - size - kPage);
  }
  constexpr std::uint64_t kLastPage = 0x7ffffffff000;
  if (!maps.empty() && maps.back().end + size + 2 * kPage < kLastPage) {
    offer(maps.back().end + kPage);
  }
  return best;
}

/// Threads that can make system calls now: best from where they stopped to do nothing.
std::vector<HaltedThread*> callers(Halted& threads) {
  std::vector<HaltedThread*> found;
  for (HaltedThread& thread : threads) {
    if (thread.status >> 8 == kAskedStop) found.push_back(&thread);
  }
  for (HaltedThread& thread : threads) {
    if (thread.status >> 8 != kSyscallStop) continue;
    const auto info = syscall_info(thread.tid);
    if (info && info->op == PTRACE_SYSCALL_INFO_EXIT) found.push_back(&thread);
  }
  return found;
}

/// Has one of them make `calls`; another one if a signal comes in between. EINTR: none could.
template <typename Calls>
Result<std::uint64_t> by_any_thread(const Process& process, Halted& threads, const Vdso& vdso,
                                    const Calls& calls) {
  for (HaltedThread* const thread : callers(threads)) {
    HarmlessCalls harmless(process.pid, thread->tid, process.space->vdso + vdso.padding());
    const auto result = calls(harmless);
    thread->status = harmless.status();
    if (result || (result.error().code != EINTR && !result.error().gone())) return result;
  }
  return Error{"harmless call", process.pid, EINTR};
}

std::uint64_t whole_size(const ShimImage& image) {
  return image.text_size() + image.data_size() + kPage;  // the last for the moved instructions
}

std::uint64_t record_address(const ShimImage& image, std::uint64_t base) {
  return base + image.text_size() + image.data_size();
}

Result<std::uint64_t> map_image(HarmlessCalls& calls, Abi abi, const ShimImage& image,
                                std::uint64_t at) {
  const bool narrow = abi == Abi::kI386;
  const std::uint64_t flags =
      MAP_PRIVATE | MAP_ANONYMOUS | (at != 0 ? std::uint64_t{MAP_FIXED_NOREPLACE} : 0);
  const auto base = calls.call(*syscall_number(abi, narrow ? "mmap2" : "mmap"),
                               {at, whole_size(image), PROT_READ | PROT_EXEC, flags,
                                narrow ? 0xffffffff : ~std::uint64_t{0}, 0});
  if (!base || !narrow) return base;
  const auto writable =
      calls.call(*syscall_number(abi, "mprotect"),
                 {*base + image.data_offset(), image.data_size(), PROT_READ | PROT_WRITE, 0, 0, 0});
  if (!writable) return writable.error();
  return base;
}

Result<std::uint64_t> unmap(const Process& process, Halted& threads, const Vdso& vdso,
                            std::uint64_t base) {
  const auto nr = *syscall_number(process.abi, "munmap");
  const std::uint64_t size = whole_size(ShimImage::of(process.abi));
  return by_any_thread(process, threads, vdso, [&](HarmlessCalls& calls) {
    return calls.call(nr, {base, size, 0, 0, 0, 0});
  });
}

/// The image with its data and the moved instructions, made ready outside of the process.
class Plan {
 public:
  Plan(const Process& process, const Vdso& vdso, const ShimSettings& settings, std::uint64_t base)
      : process_(process), image_(ShimImage::of(process.abi)), base_(base) {
    data_ = shim_data(settings, vdso, process.space->vdso);
    record_.base = base;
    record_at_ = record_address(image_, base);
    moved_at_ = record_at_ + kMovedAt;
    for (const Entry& entry : entries_of(process.abi)) {
      if (const VdsoSymbol* const symbol = vdso.find(entry.name)) add(entry, *symbol);
    }
  }
  bool complete() const { return complete_; }
  const std::vector<PatchedCode>& patches() const { return patches_; }
  const std::vector<Bytes>& jumps() const { return jumps_; }

  Status write(const MemoryFile& memory) const {
    const Bytes text = image_.text_at(base_);
    const std::uint64_t data = base_ + image_.data_offset();
    if (auto done = memory.write(RemotePtr{base_}, text.data(), text.size()); !done) return done;
    if (auto done = memory.write(RemotePtr{data}, &data_, offsetof(shim::Data, path_cache)); !done)
      return done;
    if (auto done = memory.write(RemotePtr{record_at_}, &record_, sizeof record_); !done) {
      return done;
    }
    return memory.write(RemotePtr{moved_at_}, moved_.data(), moved_.size());
  }

 private:
  void add(const Entry& entry, const VdsoSymbol& symbol) {
    const std::uint64_t at = raw(process_.space->vdso) + symbol.value;
    Bytes code(kLooked);
    const bool read(read_memory(process_.pid, RemotePtr{at}, code.data(), code.size()));
    const std::uint64_t to = moved_at_ + moved_.size();
    const auto moved = read ? relocate(process_.abi, code, at, to) : std::nullopt;
    const auto instead = jump(process_.abi, at, base_ + image_.symbol(entry.ours));
    if (!moved || !instead) {
      complete_ = false;
      return;
    }
    std::memcpy(reinterpret_cast<char*>(&data_) + entry.real, &to, sizeof to);
    moved_.insert(moved_.end(), moved->code.begin(), moved->code.end());
    moved_.resize((moved_.size() + 15) / 16 * 16, 0xcc);
    patches_.push_back({RemotePtr{at}, {code.begin(), code.begin() + kJumpSize}, moved->taken});
    jumps_.push_back(*instead);
    Record::Patch& patch = record_.patches.at(static_cast<std::size_t>(record_.count++));
    patch.at = at;
    patch.taken = moved->taken;
    std::copy_n(code.begin(), kJumpSize, patch.former.begin());
  }

  const Process& process_;
  const ShimImage& image_;
  std::uint64_t base_;
  std::uint64_t record_at_ = 0, moved_at_ = 0;
  Record record_;
  shim::Data data_{};
  Bytes moved_;
  std::vector<PatchedCode> patches_;
  std::vector<Bytes> jumps_;
  bool complete_ = true;
};

/// The bytes behind the first of each: there no thread may stand while they change.
std::vector<Range> middles(const std::vector<PatchedCode>& patches) {
  std::vector<Range> ranges;
  for (const PatchedCode& patch : patches) {
    ranges.push_back({raw(patch.at) + 1, raw(patch.at) + patch.taken});
  }
  return ranges;
}

EntryShim::Outcome refuse(Process& process, const std::string& why) {
  process.time_served = "system calls only: " + why;
  return EntryShim::Outcome::kNever;
}

}  // namespace

RemotePtr find_vdso(Pid pid) {
  const auto text = stacks::read_maps(pid);
  for (const auto& mapping : text ? stacks::parse_maps(*text) : std::vector<stacks::Mapping>{}) {
    if (mapping.is_vdso()) return RemotePtr{mapping.start};
  }
  return RemotePtr{0};
}

// The functions are changed last, when all they lead to is in place: whenever ttrace dies, the
// process has what works.
EntryShim::Outcome EntryShim::install(Process& process, Halted& threads, const Vdso& vdso,
                                      const ShimSettings& settings) {
  if (status_field(process.pid, "Seccomp") != 0) {
    return refuse(process, "it has a seccomp filter of its own, which may kill it for a mapping");
  }
  if (vdso.size() - vdso.padding() < kHarmlessRoom) return refuse(process, "the vDSO has no room");
  const ShimImage& image = ShimImage::of(process.abi);
  const std::uint64_t vdso_at = raw(process.space->vdso);
  const bool narrow = process.abi == Abi::kI386;
  const std::uint64_t room = narrow ? 0 : find_room(process.pid, vdso_at, whole_size(image));
  if (!narrow && room == 0) return refuse(process, "there is no room near the vDSO");
  const auto base = by_any_thread(process, threads, vdso, [&](HarmlessCalls& calls) {
    return map_image(calls, process.abi, image, room);
  });
  if (!base && base.error().code == EINTR) return Outcome::kLater;
  if (!base) return refuse(process, strerror(base.error().code));
  const Plan plan(process, vdso, settings, *base);
  const MemoryFile memory(process.pid);
  const bool ready = plan.complete() && plan.write(memory);
  const bool stands =
      any_inside(process.pid, threads, middles(plan.patches()), range_of(process, vdso));
  if (!ready || stands) {
    (void)unmap(process, threads, vdso, *base);
    return stands ? Outcome::kLater : refuse(process, "the vDSO's functions cannot be moved");
  }
  for (std::size_t i = 0; i < plan.patches().size(); ++i) {
    (void)memory.write(plan.patches()[i].at, plan.jumps()[i].data(), kJumpSize);
  }
  process.space->shim = RemotePtr{*base};
  process.space->shim_data = RemotePtr{*base + image.data_offset()};
  process.space->patches = std::make_shared<const std::vector<PatchedCode>>(plan.patches());
  process.time_served = "shim";
  return Outcome::kDone;
}

bool EntryShim::find_leftover(Process& process, const Vdso& vdso) {
  const ShimImage& image = ShimImage::of(process.abi);
  const Entry entry = entries_of(process.abi).front();
  const VdsoSymbol* const symbol = vdso.find(entry.name);
  if (!symbol) return false;
  const RemotePtr at = process.space->vdso + symbol->value;
  const auto code = read_object<std::array<std::uint8_t, kJumpSize>>(process.pid, at);
  if (!code || (*code)[0] != 0xe9) return false;
  std::int32_t distance = 0;
  std::memcpy(&distance, &(*code)[1], sizeof distance);
  std::uint64_t base = raw(at) + kJumpSize + static_cast<std::uint64_t>(std::int64_t{distance}) -
                       image.symbol(entry.ours);
  if (process.abi == Abi::kI386) base &= 0xffffffff;
  const auto record = read_object<Record>(process.pid, RemotePtr{record_address(image, base)});
  if (!record || record->magic != Record::kMagic || record->base != base) return false;
  std::vector<PatchedCode> patches;
  for (std::size_t i = 0; i < at_most(Record::kMost, record->count); ++i) {
    const Record::Patch& patch = record->patches[i];
    if (!range_of(process, vdso).contains(patch.at)) return false;
    patches.push_back({RemotePtr{patch.at},
                       {patch.former.begin(), patch.former.begin() + kJumpSize},
                       static_cast<std::size_t>(patch.taken)});
  }
  process.space->shim = RemotePtr{base};
  process.space->shim_data = RemotePtr{base + image.data_offset()};
  process.space->patches = std::make_shared<const std::vector<PatchedCode>>(std::move(patches));
  return true;
}

bool EntryShim::is_room_used(const Process& process, const Vdso& vdso) {
  if (vdso.size() - vdso.padding() < kHarmlessRoom) return false;
  const auto room = read_object<std::array<std::uint8_t, kHarmlessRoom>>(
      process.pid, process.space->vdso + vdso.padding());
  return room &&
         std::any_of(room->begin(), room->end(), [](std::uint8_t byte) { return byte != 0; });
}

EntryShim::Outcome EntryShim::clear_room(const Process& process, const Halted& threads,
                                         const Vdso& vdso) {
  if (!is_room_used(process, vdso)) return Outcome::kDone;
  const RemotePtr room = process.space->vdso + vdso.padding();
  if (any_inside(process.pid, threads, {{raw(room), raw(room) + kHarmlessRoom}},
                 range_of(process, vdso))) {
    return Outcome::kLater;
  }
  constexpr std::array<std::uint8_t, kHarmlessRoom> kZeros{};
  (void)MemoryFile(process.pid).write(room, kZeros.data(), kZeros.size());
  return Outcome::kDone;
}

EntryShim::Outcome EntryShim::remove(Process& process, Halted& threads, const Vdso& vdso) {
  AddressSpace& space = *process.space;
  if (!space.patches) return Outcome::kDone;
  const MemoryFile memory(process.pid);
  for (const PatchedCode& patch : *space.patches) {
    (void)memory.write(patch.at, patch.former.data(), patch.former.size());
  }
  const std::uint64_t base = raw(space.shim);
  const std::uint64_t end = base + whole_size(ShimImage::of(process.abi));
  if (any_inside(process.pid, threads, {{base, end}}, range_of(process, vdso)))
    return Outcome::kLater;
  const auto unmapped = unmap(process, threads, vdso, base);
  if (!unmapped && unmapped.error().code == EINTR) return Outcome::kLater;
  space.patches.reset();
  space.shim = space.shim_data = RemotePtr{0};
  return Outcome::kDone;
}

}  // namespace ttrace
