#include "tracer/audit/elf/slots.h"

#include <algorithm>

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxBytes = 64U << 20;

using Slots = std::unordered_map<std::uint64_t, std::string_view>;

void add_table(const ElfImage& image, const RelocationTable& table,
               const std::unordered_map<std::uint64_t, std::string_view>& names, Slots& slots) {
  const auto place = image.place(table.address);
  if (!place || table.size == 0) return;
  const Elf_Type type = table.with_addends ? ELF_T_RELA : ELF_T_REL;
  const std::size_t entry = ::gelf_fsize(image.elf(), type, 1, EV_CURRENT);
  const std::uint64_t count = std::min({table.size, place->left, kMaxBytes}) / entry;
  Elf_Data* data = image.chunk(place->offset, count * entry, type);
  for (std::uint64_t i = 0; data != nullptr && i < count; ++i) {
    GElf_Rela made{};
    GElf_Rel plain;
    if (table.with_addends) {
      if (::gelf_getrela(data, static_cast<int>(i), &made) == nullptr) return;
    } else {
      if (::gelf_getrel(data, static_cast<int>(i), &plain) == nullptr) return;
      made.r_offset = plain.r_offset;
      made.r_info = plain.r_info;
    }
    const auto name = names.find(GELF_R_SYM(made.r_info));
    if (name != names.end()) slots[made.r_offset] = name->second;
  }
}

}  // namespace

Slots import_slots(const ElfImage& image, const DynamicInfo& dynamic) {
  std::unordered_map<std::uint64_t, std::string_view> names;
  for (const DynamicSymbol& symbol : dynamic.symbols) {
    if (!symbol.defined) names[symbol.index] = symbol.name;
  }
  Slots slots;
  for (const RelocationTable& table : dynamic.relocations) add_table(image, table, names, slots);
  return slots;
}

}  // namespace ttrace::audit
