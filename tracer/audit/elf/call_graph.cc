#include "tracer/audit/elf/call_graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/slots.h"
#include "tracer/audit/elf/unwind_starts.h"

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxCode = 256U << 20;
constexpr std::size_t kMaxFunctions = 1'000'000;

struct Code {
  std::string_view bytes;
  std::uint64_t address;
};

class Graph {
 public:
  Graph(const ElfImage& image, const DynamicInfo& dynamic) : image_(image), dynamic_(dynamic) {}

  std::vector<Lead> leads_to(const std::vector<std::string_view>& imports) {
    read_code();
    find_stubs(imports);
    find_functions();
    find_calls();
    std::vector<Lead> leads;
    for (const std::string_view import : imports) add_leads(import, leads);
    return leads;
  }

 private:
  bool is_arm() const { return image_.machine().code == EM_ARM; }
  /// Symbols of Thumb functions have the lowest bit set.
  std::uint64_t plain(std::uint64_t address) const {
    return is_arm() ? address & ~std::uint64_t{1} : address;
  }

  void read_code() {
    for (const GElf_Phdr& s : image_.segments()) {
      if (s.p_type != PT_LOAD || (s.p_flags & PF_X) == 0 || s.p_filesz > kMaxCode) continue;
      const std::string_view bytes = image_.bytes(s.p_offset, s.p_filesz);
      if (!bytes.empty()) code_.push_back({bytes, s.p_vaddr});
    }
  }

  void find_stubs(const std::vector<std::string_view>& imports) {
    std::unordered_map<std::uint64_t, std::string_view> slots;
    for (const auto& [slot, name] : import_slots(image_, dynamic_)) {
      if (std::find(imports.begin(), imports.end(), name) != imports.end()) slots[slot] = name;
    }
    const auto on_stub = [&](std::uint64_t place, std::uint64_t slot) {
      const auto found = slots.find(slot);
      if (found != slots.end()) stubs_[place] = found->second;
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
  void find_functions() {
    for (const DynamicSymbol& symbol : dynamic_.symbols) {
      if (symbol.defined && symbol.is_function) starts_.push_back(plain(symbol.value));
    }
    for (const std::uint64_t start : unwind_starts(image_)) starts_.push_back(start);
    for (const auto& [place, name] : stubs_) {
      if (!is_call(place)) starts_.push_back(place);
    }
    std::sort(starts_.begin(), starts_.end());
    starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
    starts_.resize(std::min(starts_.size(), kMaxFunctions));
  }

  // A call without a stub stands inside of a function; a stub is nobody's inside.
  bool is_call(std::uint64_t place) const {
    for (const Code& code : code_) {
      if (place < code.address || place - code.address + 1 >= code.bytes.size()) continue;
      return !is_arm() && code.bytes.substr(place - code.address, 2) == "\xff\x93";
    }
    return false;
  }

  /// The function that contains an address, as the index of its start; npos: none.
  std::size_t function_of(std::uint64_t address) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), address);
    return next == starts_.begin() ? kNone : static_cast<std::size_t>(next - starts_.begin() - 1);
  }

  void find_calls() {
    callers_.resize(starts_.size());
    const auto on_branch = [this](std::uint64_t place, std::uint64_t target) {
      const auto found = std::lower_bound(starts_.begin(), starts_.end(), plain(target));
      if (found == starts_.end() || *found != plain(target)) return;
      const std::size_t from = function_of(place);
      const auto to = static_cast<std::size_t>(found - starts_.begin());
      if (from != kNone && from != to) callers_[to].push_back(from);
    };
    for (const Code& code : code_) {
      if (is_arm()) {
        scan_arm(code.bytes, code.address, on_branch);
      } else {
        scan_i386(code.bytes, code.address, dynamic_.got, on_branch);
      }
    }
  }

  void add_leads(std::string_view import, std::vector<Lead>& leads) const {
    std::vector<bool> reached(starts_.size());
    std::vector<std::size_t> pending;
    const auto reach = [&](std::size_t function) {
      if (function == kNone || reached[function]) return;
      reached[function] = true;
      pending.push_back(function);
    };
    for (const auto& [place, name] : stubs_) {
      if (name == import) reach(function_of(place));
    }
    while (!pending.empty()) {
      const std::size_t function = pending.back();
      pending.pop_back();
      for (const std::size_t caller : callers_[function]) reach(caller);
    }
    std::set<std::string_view> entries;
    for (const DynamicSymbol& symbol : dynamic_.symbols) {
      if (!symbol.defined || !symbol.is_function) continue;
      const std::size_t function = function_of(plain(symbol.value));
      if (function != kNone && reached[function] && starts_[function] == plain(symbol.value)) {
        entries.insert(symbol.name);
      }
    }
    for (const std::string_view entry : entries) leads.push_back({entry, import});
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const ElfImage& image_;
  const DynamicInfo& dynamic_;
  std::vector<Code> code_;
  std::map<std::uint64_t, std::string_view> stubs_;  // address → import
  std::vector<std::uint64_t> starts_;                // sorted
  std::vector<std::vector<std::size_t>> callers_;    // of each function
};

}  // namespace

std::optional<std::vector<Lead>> find_leads(const ElfImage& image, const DynamicInfo& dynamic,
                                            const std::vector<std::string_view>& imports) {
  const Machine& machine = image.machine();
  const bool follows = machine.code == EM_386 || (machine.code == EM_ARM && !machine.big_endian);
  if (!follows || machine.bits != 32) return std::nullopt;
  return Graph(image, dynamic).leads_to(imports);
}

}  // namespace ttrace::audit
