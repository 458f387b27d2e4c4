// Which functions of a library lead to a call of the C library: followed through the direct calls
// in its code. For i386 and ARM; other machines' code is not read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/audit/elf/dynamic.h"
#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {

struct Lead {
  std::string_view entry;   // an exported function
  std::string_view import;  // which it reaches
};

/// The leads from exported functions to `imports`, each pair once. Nothing if the code cannot be
/// followed. Calls through pointers are not seen, except for a function whose address is taken in
/// the one that leads to it.
std::optional<std::vector<Lead>> find_leads(const ElfImage& image, const DynamicInfo& dynamic,
                                            const std::vector<std::string_view>& imports);

}  // namespace ttrace::audit
