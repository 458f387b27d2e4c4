// The slots through which code reaches what is elsewhere: filled in by the loader, by the
// relocations.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracer/audit/elf/dynamic.h"

namespace ttrace::audit {

/// What the loader puts into a slot: the address of a symbol.
struct Slot {
  std::string_view name;
  std::uint32_t type = 0;   // of the relocation: R_386_JMP_SLOT …
  bool defined = false;     // by the file itself
  std::uint64_t value = 0;  // then: where
};

/// By the address of each slot.
std::unordered_map<std::uint64_t, Slot> symbol_slots(const ElfImage& image,
                                                     const DynamicInfo& dynamic);

/// i386: the addresses within the file that stand in its data, by its relocations. Not sorted.
std::vector<std::uint64_t> relative_targets(const ElfImage& image, const DynamicInfo& dynamic);

}  // namespace ttrace::audit
