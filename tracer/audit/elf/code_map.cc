#include "tracer/audit/elf/code_map.h"

#include <algorithm>
#include <cstring>

#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/unwind_starts.h"
#include "tracer/base/narrow.h"

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxCode = 256U << 20;
constexpr std::size_t kMaxFunctions = 1'000'000;
constexpr std::string_view kSlotCalls[] = {"\xff\x93", "\xff\x15"};  // call *disp(%ebx), *slot

}  // namespace

CodeMap::CodeMap(const ElfImage& image, const DynamicInfo& dynamic)
    : image_(image), dynamic_(dynamic), slots_(symbol_slots(image, dynamic)) {
  read_code();
  find_stubs();
  find_functions();
  find_calls();
  find_pointers();
}

bool CodeMap::is_arm() const { return image_.machine().code == EM_ARM; }

/// Symbols of Thumb functions have the lowest bit set.
std::uint64_t CodeMap::plain(std::uint64_t address) const {
  return is_arm() ? address & ~std::uint64_t{1} : address;
}

void CodeMap::read_code() {
  for (const GElf_Phdr& s : image_.segments()) {
    if (s.p_type != PT_LOAD || (s.p_flags & PF_X) == 0 || s.p_filesz > kMaxCode) continue;
    const std::string_view bytes = image_.bytes(s.p_offset, s.p_filesz);
    if (bytes.empty()) continue;
    code_.push_back({bytes, s.p_vaddr});
    limits_.first = std::min(limits_.first, static_cast<std::uint32_t>(s.p_vaddr));
    limits_.last = std::max(limits_.last, static_cast<std::uint32_t>(s.p_vaddr + bytes.size() - 1));
  }
}

void CodeMap::find_stubs() {
  std::map<std::uint64_t, const Slot*> found;
  const auto on_stub = [&](std::uint64_t place, std::uint64_t slot) {
    const auto known = slots_.find(slot);
    if (known != slots_.end()) found[place] = &known->second;
  };
  for (const Code& code : code_) {
    if (is_arm()) {
      scan_arm_stubs(code.bytes, code.address, on_stub);
    } else {
      scan_i386_stubs(code.bytes, code.address, dynamic_.got, on_stub);
    }
  }
  stubs_.reserve(found.size());
  for (const auto& [place, slot] : found) stubs_.push_back({place, slot, &sites_[slot->name]});
}

/// Where functions start: exported ones, those that unwind tables know, and every target of a
/// call instruction is one of these in what compilers make.
void CodeMap::find_functions() {
  std::vector<std::uint64_t> starts = unwind_starts(image_);
  has_unwind_table_ = !starts.empty();
  for (const DynamicSymbol& symbol : dynamic_.symbols) {
    if (symbol.defined && symbol.is_function) starts.push_back(plain(symbol.value));
  }
  for (const Stub& stub : stubs_) {
    if (is_call(stub.place)) {
      inside_.push_back(stub);
    } else {
      starts.push_back(stub.place);
    }
  }
  starts_ = FunctionStarts(std::move(starts), kMaxFunctions);
  stub_of_.resize(size());
  for (const Stub& stub : stubs_) {
    const std::size_t function = function_at(stub.place);
    if (function != kNone) stub_of_[function] = &stub;
  }
}

// A call without a stub stands inside of a function; a stub is nobody's inside.
bool CodeMap::is_call(std::uint64_t place) const {
  for (const Code& code : code_) {
    if (place < code.address || place - code.address + 1 >= code.bytes.size()) continue;
    const std::string_view form =
        code.bytes.substr(static_cast<std::size_t>(place - code.address), 2);
    return !is_arm() && (form == kSlotCalls[0] || form == kSlotCalls[1]);
  }
  return false;
}

std::size_t CodeMap::function_at(std::uint64_t address) const {
  const std::size_t function = function_of(plain(address));
  return function != kNone && starts_[function] == plain(address) ? function : kNone;
}

bool CodeMap::is_in_code(std::uint64_t address) const {
  return std::any_of(code_.begin(), code_.end(), [address](const Code& code) {
    return address >= code.address && address - code.address < code.bytes.size();
  });
}

std::string_view CodeMap::bytes(std::size_t function) const {
  const std::uint64_t from = starts_[function];
  for (const Code& code : code_) {
    if (from < code.address || from - code.address >= code.bytes.size()) continue;
    return code.bytes.substr(static_cast<std::size_t>(from - code.address),
                             at_most(code.bytes.size(), starts_.end(function) - from));
  }
  return {};
}

void CodeMap::find_calls() {
  const auto on_branches = [this](std::span<const Branch> branches) {
    for (const Branch& branch : branches) {
      const std::uint64_t target = plain(branch.target);
      if (is_code(target)) add_branch(branch.place, target);
    }
  };
  for (const Code& code : code_) {
    if (is_arm()) {
      scan_arm(code.bytes, code.address, on_branches);
    } else {
      scan_i386(code.bytes, code.address, dynamic_.got, limits_, on_branches);
    }
  }
  for (const Stub& stub : inside_) {
    if (!stub.slot->defined) stub.sites->push_back({stub.place, function_of(stub.place)});
  }
}

/// `function`: the one that the address lies in.
const CodeMap::Stub* CodeMap::stub_at(std::uint64_t address, std::size_t function) const {
  if (function != kNone && starts_[function] == address) return stub_of_[function];
  const auto stub =
      std::lower_bound(inside_.begin(), inside_.end(), address,
                       [](const Stub& one, std::uint64_t place) { return one.place < place; });
  return stub != inside_.end() && stub->place == address ? &*stub : nullptr;
}

// Places come in order, and most branches stay within their function.
void CodeMap::add_branch(std::uint64_t place, std::uint64_t target) {
  if (place < at_first_ || place >= at_end_) {
    at_ = function_of(place);
    at_first_ = at_ == kNone ? place : starts_[at_];
    at_end_ = at_ == kNone ? place : starts_.end(at_);
  }
  if (at_ != kNone && target > at_first_ && target < at_end_) return;
  std::size_t to = function_of(target);
  if (const Stub* stub = stub_at(target, to)) {
    if (!stub->slot->defined) return stub->sites->push_back({place, at_});
    // A stub for the file's own function: another library might stand in for it, but seldom does.
    target = plain(stub->slot->value);
    to = function_of(target);
  }
  if (at_ == kNone || to == kNone || at_ == to) return;
  const Edge edge{static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(to)};
  ways_.push_back(edge);
  if (starts_[to] == target) calls_.push_back(edge);
}

/// i386: an import whose address is loaded from a slot, or stands in data. A stub's slot is not.
void CodeMap::find_pointers() {
  if (image_.machine().code != EM_386) return;
  for (const DynamicSymbol& symbol : dynamic_.symbols) {
    if (!symbol.defined && symbol.value != 0) pointed_to_.insert(symbol.name);
  }
  for (const auto& [address, slot] : slots_) {
    if (slot.defined || slot.type == R_386_JMP_SLOT || sites(slot.name).empty()) continue;
    if (slot.type != R_386_GLOB_DAT) {
      pointed_to_.insert(slot.name);
      continue;
    }
    loaded_[static_cast<std::uint32_t>(address - dynamic_.got)] = slot.name;
    if (image_.header().e_type == ET_EXEC) loaded_[static_cast<std::uint32_t>(address)] = slot.name;
  }
}

void CodeMap::find_loads() {
  const Range wanted{loaded_.begin()->first, loaded_.rbegin()->first};
  const auto on_load = [&](std::uint32_t displacement) {
    const auto found = loaded_.find(displacement);
    if (found != loaded_.end()) pointed_to_.insert(found->second);
  };
  for (const Code& code : code_) scan_i386_loads(code.bytes, wanted, on_load);
  loaded_.clear();
}

bool CodeMap::is_pointed_to(std::string_view import) {
  const auto is_it = [import](const auto& load) { return load.second == import; };
  if (std::any_of(loaded_.begin(), loaded_.end(), is_it)) find_loads();
  return pointed_to_.contains(import);
}

const std::vector<CodeMap::Site>& CodeMap::sites(std::string_view import) const {
  static const std::vector<Site> none;
  const auto found = sites_.find(import);
  return found == sites_.end() ? none : found->second;
}

}  // namespace ttrace::audit
