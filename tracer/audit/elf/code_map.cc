#include "tracer/audit/elf/code_map.h"

#include <algorithm>
#include <cstring>

#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/unwind_starts.h"

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
    if (!bytes.empty()) code_.push_back({bytes, s.p_vaddr});
  }
  limits_ = limits();
}

void CodeMap::find_stubs() {
  const auto on_stub = [this](std::uint64_t place, std::uint64_t slot) {
    const auto found = slots_.find(slot);
    if (found != slots_.end()) stubs_[place] = &found->second;
  };
  for (const Code& code : code_) {
    if (is_arm()) {
      scan_arm_stubs(code.bytes, code.address, on_stub);
    } else {
      scan_i386_stubs(code.bytes, code.address, dynamic_.got, on_stub);
    }
  }
}

/// Where functions start: exported ones, those that unwind tables know, and every target of a
/// call instruction is one of these in what compilers make.
void CodeMap::find_functions() {
  for (const DynamicSymbol& symbol : dynamic_.symbols) {
    if (symbol.defined && symbol.is_function) starts_.push_back(plain(symbol.value));
  }
  const std::vector<std::uint64_t> unwound = unwind_starts(image_);
  has_unwind_table_ = !unwound.empty();
  starts_.insert(starts_.end(), unwound.begin(), unwound.end());
  for (const auto& [place, slot] : stubs_) {
    if (!is_call(place)) starts_.push_back(place);
  }
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
  starts_.resize(std::min(starts_.size(), kMaxFunctions));
}

// A call without a stub stands inside of a function; a stub is nobody's inside.
bool CodeMap::is_call(std::uint64_t place) const {
  for (const Code& code : code_) {
    if (place < code.address || place - code.address + 1 >= code.bytes.size()) continue;
    const std::string_view form = code.bytes.substr(place - code.address, 2);
    return !is_arm() && (form == kSlotCalls[0] || form == kSlotCalls[1]);
  }
  return false;
}

std::size_t CodeMap::function_of(std::uint64_t address) const {
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), address);
  return next == starts_.begin() ? kNone : static_cast<std::size_t>(next - starts_.begin() - 1);
}

bool CodeMap::is_within(std::size_t function, std::uint64_t address) const {
  return function < starts_.size() && address >= starts_[function] &&
         (function + 1 == starts_.size() || address < starts_[function + 1]);
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
    const std::string_view rest = code.bytes.substr(from - code.address);
    return function + 1 < starts_.size() ? rest.substr(0, starts_[function + 1] - from) : rest;
  }
  return {};
}

/// From the first byte of code to the last.
Range CodeMap::limits() const {
  Range range{0xffffffff, 0};
  for (const Code& code : code_) {
    range.first = std::min(range.first, static_cast<std::uint32_t>(code.address));
    range.last =
        std::max(range.last, static_cast<std::uint32_t>(code.address + code.bytes.size() - 1));
  }
  return range;
}

void CodeMap::find_calls() {
  callers_.resize(starts_.size());
  callees_.resize(starts_.size());
  const auto on_branch = [this](std::uint64_t place, std::uint64_t target) {
    if (is_code(plain(target))) add_branch(place, plain(target));
  };
  for (const Code& code : code_) {
    if (is_arm()) {
      scan_arm(code.bytes, code.address, on_branch);
    } else {
      scan_i386(code.bytes, code.address, dynamic_.got, limits_, on_branch);
    }
  }
  for (const auto& [place, slot] : stubs_) {
    if (is_call(place) && !slot->defined) sites_[slot->name].push_back({place, function_of(place)});
  }
}

// Places come in order, and most branches stay within their function.
void CodeMap::add_branch(std::uint64_t place, std::uint64_t target) {
  if (!is_within(at_, place)) at_ = function_of(place);
  const std::size_t from = at_;
  if (is_within(from, target) && target != starts_[from]) return;
  const auto stub = stubs_.find(target);
  if (stub != stubs_.end() && !stub->second->defined) {
    sites_[stub->second->name].push_back({place, from});
    return;
  }
  // A stub for the file's own function: another library might stand in for it, but seldom does.
  if (stub != stubs_.end()) target = plain(stub->second->value);
  add_edge(from, function_of(target));
  const std::size_t to = function_at(target);
  if (from != kNone && to != kNone && from != to) callers_[to].push_back(from);
}

// Neighbours in one function are branched between all the time: only what is new is kept.
void CodeMap::add_edge(std::size_t from, std::size_t to) {
  if (from == kNone || to == kNone || from == to) return;
  std::vector<std::size_t>& callees = callees_[from];
  if (callees.empty() || callees.back() != to) callees.push_back(to);
}

/// i386: an import whose address is loaded from a slot, or stands in data. A stub's slot is not.
void CodeMap::find_pointers() {
  if (image_.machine().code != EM_386) return;
  for (const DynamicSymbol& symbol : dynamic_.symbols) {
    if (!symbol.defined && symbol.value != 0) pointed_to_[symbol.name] = true;
  }
  std::map<std::uint32_t, std::string_view> loaded;  // displacement → name
  for (const auto& [address, slot] : slots_) {
    if (slot.defined || slot.type == R_386_JMP_SLOT || !sites_.contains(slot.name)) continue;
    if (slot.type != R_386_GLOB_DAT) {
      pointed_to_[slot.name] = true;
      continue;
    }
    loaded[static_cast<std::uint32_t>(address - dynamic_.got)] = slot.name;
    if (image_.header().e_type == ET_EXEC) loaded[static_cast<std::uint32_t>(address)] = slot.name;
  }
  if (loaded.empty()) return;
  const Range wanted{loaded.begin()->first, loaded.rbegin()->first};
  const auto on_load = [&](std::uint32_t displacement) {
    const auto found = loaded.find(displacement);
    if (found != loaded.end()) pointed_to_[found->second] = true;
  };
  for (const Code& code : code_) scan_i386_loads(code.bytes, wanted, on_load);
}

const std::vector<CodeMap::Site>& CodeMap::sites(std::string_view import) const {
  static const std::vector<Site> none;
  const auto found = sites_.find(import);
  return found == sites_.end() ? none : found->second;
}

bool CodeMap::is_pointed_to(std::string_view import) const { return pointed_to_.contains(import); }

}  // namespace ttrace::audit
