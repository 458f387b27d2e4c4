#include "tracer/stacks/address_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tracer/base/narrow.h"
#include "tracer/stacks/walk_memory.h"

namespace ttrace::stacks {
namespace {

// dlclose and dlopen can put another library where one was, and nobody tells. Reading the maps at
// each walk would cost more than the walk; this long a stack may be named wrongly at worst.
constexpr std::chrono::milliseconds kMaxAge{50};
constexpr std::chrono::milliseconds kCheap{2};
constexpr int kMaxShareOfTime = 20;
constexpr std::size_t kMaxRetired = 64;
constexpr std::size_t kMaxVdso = 65536;

}  // namespace

void AddressSpace::fix(std::string_view maps, std::string root) {
  fixed_root_ = std::move(root);
  replace(parse_maps(maps));
}

std::string AddressSpace::root() const {
  return fixed_root_ ? *fixed_root_ : fmt::format("/proc/{}/root", raw(tid_));
}

void AddressSpace::refresh_if_old() {
  const auto age = Clock::now() - read_at_;
  if (read_at_ == Clock::time_point{} ||
      age > std::max<Clock::duration>(kMaxAge, read_cost_ * kMaxShareOfTime)) {
    refresh();
  }
}

bool AddressSpace::refresh_on_doubt() {
  const bool cheap = read_cost_ < kCheap;
  if (!cheap && Clock::now() - read_at_ < read_cost_ * kMaxShareOfTime) return false;
  return refresh();
}

bool AddressSpace::refresh() {
  if (fixed_root_) return false;
  const auto begin = Clock::now();
  const auto text = read_maps(tid_);
  read_at_ = Clock::now();
  read_cost_ = read_at_ - begin;
  // A process on its way out has no maps any more: what is known of it stays.
  if (!text || text->empty()) return false;
  const std::size_t hash = std::hash<std::string>{}(*text);
  if (hash == text_hash_) return false;
  text_hash_ = hash;
  auto maps = parse_maps(*text);
  strip_root(maps, root_of(tid_));
  replace(std::move(maps));
  return true;
}

void AddressSpace::replace(std::vector<Mapping> maps) {
  std::vector<Slot> old = std::exchange(slots_, {});
  slots_.reserve(maps.size());
  auto at = old.begin();
  for (Mapping& mapping : maps) {
    for (; at != old.end() && at->mapping.start < mapping.start; ++at) retire(*at);
    if (at != old.end() && at->mapping == mapping) {
      slots_.push_back(std::move(*at++));
    } else {
      slots_.push_back(Slot{std::move(mapping), false, nullptr, 0});
    }
  }
  for (; at != old.end(); ++at) retire(*at);
}

void AddressSpace::retire(Slot& slot) {
  if (!slot.located) return;
  ++generation_;
  if (retired_.size() >= kMaxRetired) retired_.erase(retired_.begin());
  retired_.push_back(std::move(slot));
}

const AddressSpace::Slot* AddressSpace::slot_at(std::uint64_t address) const {
  const auto next = std::upper_bound(
      slots_.begin(), slots_.end(), address,
      [](std::uint64_t value, const Slot& slot) { return value < slot.mapping.start; });
  if (next == slots_.begin()) return nullptr;
  const Slot& slot = *std::prev(next);
  return slot.mapping.contains(address) ? &slot : nullptr;
}

bool AddressSpace::executable(std::uint64_t address) const {
  const Slot* slot = slot_at(address);
  return slot != nullptr && slot->mapping.executable;
}

std::optional<Place> AddressSpace::locate(std::uint64_t address) {
  auto* slot = const_cast<Slot*>(slot_at(address));
  if (slot == nullptr) return std::nullopt;
  if (!slot->located) open(*slot);
  return place_of(*slot);
}

std::optional<Place> AddressSpace::locate_or_past(std::uint64_t address) {
  if (auto place = locate(address)) return place;
  const auto past = std::find_if(retired_.rbegin(), retired_.rend(),
                                 [&](const Slot& slot) { return slot.mapping.contains(address); });
  if (past == retired_.rend()) return std::nullopt;
  return place_of(*past);
}

void AddressSpace::open(Slot& slot) {
  slot.located = true;
  if (slot.mapping.in_file()) slot.file = files_.open(tid_, root(), slot.mapping);
  if (slot.mapping.is_vdso()) slot.file = copy_vdso(slot.mapping);
  const auto bias = slot.file ? slot.file->bias(slot.mapping) : std::nullopt;
  if (!bias) slot.file = nullptr;
  slot.bias = bias.value_or(0);
}

// A private copy each: the tracer itself changes the vDSO's symbols, in each process differently.
std::shared_ptr<ElfFile> AddressSpace::copy_vdso(const Mapping& mapping) const {
  bool denied = false;
  const std::size_t size = at_most(kMaxVdso, mapping.end - mapping.start);
  auto image = read_remote(tid_, mapping.start, size, denied);
  return image.size() == size ? ElfFile::from_image(std::move(image)) : nullptr;
}

Place AddressSpace::place_of(const Slot& slot) {
  // "[heap]", "[stack]" and the like name no module.
  const bool module = slot.mapping.in_file() || slot.mapping.is_vdso();
  return {module ? slot.mapping.name : std::string(), slot.file, slot.bias, slot.mapping.start,
          slot.mapping.end};
}

}  // namespace ttrace::stacks
