#include "tracer/audit/elf/time_abi.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace ttrace::audit {
namespace {

constexpr int kMaxDepth = 8;                 // pointers, typedefs and members of members
constexpr std::size_t kMaxDies = 5'000'000;  // a second or two
constexpr std::uint64_t kShortTime = 4;

class Search {
 public:
  Search(Dwarf* dwarf, const std::unordered_set<std::string_view>& exported)
      : dwarf_(dwarf), exported_(exported) {}

  std::vector<std::string> run() {
    Dwarf_CU* unit = nullptr;
    Dwarf_Die die;
    while (::dwarf_get_units(dwarf_, unit, &unit, nullptr, nullptr, &die, nullptr) == 0) {
      if (::dwarf_tag(&die) == DW_TAG_compile_unit) visit_children(die);
    }
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  void visit_children(Dwarf_Die unit) {
    Dwarf_Die die;
    if (::dwarf_child(&unit, &die) != 0) return;
    do {
      if (++visited_ > kMaxDies) return;
      if (::dwarf_tag(&die) == DW_TAG_subprogram) visit_function(die);
    } while (::dwarf_siblingof(&die, &die) == 0);
  }

  void visit_function(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    bool external = false;
    if (::dwarf_attr_integrate(&die, DW_AT_external, &attribute) == nullptr ||
        ::dwarf_formflag(&attribute, &external) != 0 || !external) {
      return;
    }
    const char* name = ::dwarf_diename(&die);
    if (name == nullptr || !exported_.contains(name)) return;
    if (carries_time(die, 0) || has_time_argument(die)) found_.emplace_back(name);
  }

  bool has_time_argument(Dwarf_Die& function) {
    Dwarf_Die die;
    if (::dwarf_child(&function, &die) != 0) return false;
    do {
      if (::dwarf_tag(&die) == DW_TAG_formal_parameter && carries_time(die, 0)) return true;
    } while (::dwarf_siblingof(&die, &die) == 0);
    return false;
  }

  /// Whether the type of `die` is, points to or holds a short time_t.
  bool carries_time(Dwarf_Die& die, int depth) {
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    if (depth > kMaxDepth || ::dwarf_attr_integrate(&die, DW_AT_type, &attribute) == nullptr ||
        ::dwarf_formref_die(&attribute, &type) == nullptr) {
      return false;
    }
    const Dwarf_Off offset = ::dwarf_dieoffset(&type);
    if (const auto known = known_.find(offset); known != known_.end()) return known->second;
    known_[offset] = false;  // a type that holds itself adds nothing
    return known_[offset] = is_time(type, depth);
  }

  bool is_time(Dwarf_Die& type, int depth) {
    switch (::dwarf_tag(&type)) {
      case DW_TAG_typedef: {
        const char* name = ::dwarf_diename(&type);
        const std::string_view word = name == nullptr ? "" : name;
        if (word == "time_t" || word == "__time_t") return size_of(type) == kShortTime;
        return carries_time(type, depth + 1);
      }
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
        return has_time_member(type, depth);
      case DW_TAG_pointer_type:
      case DW_TAG_const_type:
      case DW_TAG_volatile_type:
      case DW_TAG_restrict_type:
      case DW_TAG_array_type:
        return carries_time(type, depth + 1);
      default:
        return false;
    }
  }

  static std::uint64_t size_of(Dwarf_Die& type) {
    Dwarf_Word size = 0;
    return ::dwarf_aggregate_size(&type, &size) == 0 ? size : 0;
  }

  bool has_time_member(Dwarf_Die& type, int depth) {
    Dwarf_Die member;
    if (::dwarf_child(&type, &member) != 0) return false;
    do {
      if (++visited_ > kMaxDies) return false;
      if (::dwarf_tag(&member) == DW_TAG_member && carries_time(member, depth + 1)) return true;
    } while (::dwarf_siblingof(&member, &member) == 0);
    return false;
  }

  Dwarf* dwarf_;
  const std::unordered_set<std::string_view>& exported_;
  std::size_t visited_ = 0;
  std::unordered_map<Dwarf_Off, bool> known_;
  std::vector<std::string> found_;
};

using DwarfPtr = std::unique_ptr<Dwarf, int (*)(Dwarf*)>;

DwarfPtr open_dwarf(const ElfImage& image) {
  return {::dwarf_begin_elf(image.elf(), DWARF_C_READ, nullptr), &::dwarf_end};
}

bool has_units(Dwarf* dwarf) {
  Dwarf_CU* unit = nullptr;
  return ::dwarf_get_units(dwarf, nullptr, &unit, nullptr, nullptr, nullptr, nullptr) == 0;
}

}  // namespace

std::vector<std::string> time_abi(const ElfImage& image, const Whereabouts* where,
                                  const std::unordered_set<std::string_view>& exported) {
  if (const DwarfPtr own = open_dwarf(image); own && has_units(own.get()))
    return Search(own.get(), exported).run();
  const auto apart = where == nullptr ? nullptr : open_debug_file(image, *where);
  const DwarfPtr dwarf = apart ? open_dwarf(*apart) : DwarfPtr(nullptr, &::dwarf_end);
  return dwarf ? Search(dwarf.get(), exported).run() : std::vector<std::string>{};
}

}  // namespace ttrace::audit
