#include "tracer/audit/elf/slots.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxBytes = 64U << 20;
constexpr std::uint64_t kMaxSegment = 256U << 20;

using OnRelocation = std::function<void(const GElf_Rela&)>;

void read_table(const ElfImage& image, const RelocationTable& table, const OnRelocation& take) {
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
    take(made);
  }
}

/// The words of a little-endian file's segments. libelf remembers each piece that it gives out, so
/// that whole segments are asked for, once.
class Words {
 public:
  explicit Words(const ElfImage& image) {
    for (const GElf_Phdr& s : image.segments()) {
      if (s.p_type == PT_LOAD && s.p_filesz <= kMaxSegment)
        segments_.push_back({s.p_vaddr, image.bytes(s.p_offset, s.p_filesz)});
    }
  }
  std::optional<std::uint32_t> at(std::uint64_t address) const {
    for (const auto& [start, bytes] : segments_) {
      std::uint32_t word = 0;
      if (address < start || bytes.size() < sizeof word ||
          address - start > bytes.size() - sizeof word)
        continue;
      std::memcpy(&word, bytes.data() + (address - start), sizeof word);
      return word;
    }
    return std::nullopt;
  }

 private:
  struct Segment {
    std::uint64_t start;
    std::string_view bytes;
  };
  std::vector<Segment> segments_;
};

}  // namespace

std::unordered_map<std::uint64_t, Slot> symbol_slots(const ElfImage& image,
                                                     const DynamicInfo& dynamic) {
  std::unordered_map<std::uint64_t, const DynamicSymbol*> symbols;
  for (const DynamicSymbol& symbol : dynamic.symbols) symbols[symbol.index] = &symbol;
  std::unordered_map<std::uint64_t, Slot> slots;
  for (const RelocationTable& table : dynamic.relocations) {
    read_table(image, table, [&](const GElf_Rela& relocation) {
      const auto found = symbols.find(GELF_R_SYM(relocation.r_info));
      if (found == symbols.end()) return;
      const DynamicSymbol& symbol = *found->second;
      slots[relocation.r_offset] = {symbol.name,
                                    static_cast<std::uint32_t>(GELF_R_TYPE(relocation.r_info)),
                                    symbol.defined, symbol.value};
    });
  }
  return slots;
}

std::vector<std::uint64_t> relative_targets(const ElfImage& image, const DynamicInfo& dynamic) {
  const Words words(image);
  std::vector<std::uint64_t> targets;
  for (const RelocationTable& table : dynamic.relocations) {
    read_table(image, table, [&](const GElf_Rela& relocation) {
      const auto type = GELF_R_TYPE(relocation.r_info);
      if (type != R_386_RELATIVE && type != R_386_IRELATIVE) return;
      if (const auto word = words.at(relocation.r_offset)) targets.push_back(*word);
    });
  }
  return targets;
}

}  // namespace ttrace::audit
