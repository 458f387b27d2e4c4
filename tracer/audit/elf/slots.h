// The slots through which code reaches what it imports: filled in by the loader, by the
// relocations.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "tracer/audit/elf/dynamic.h"

namespace ttrace::audit {

/// Address of each slot → name of the symbol that the loader puts there.
std::unordered_map<std::uint64_t, std::string_view> import_slots(const ElfImage& image,
                                                                 const DynamicInfo& dynamic);

}  // namespace ttrace::audit
