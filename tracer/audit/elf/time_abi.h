// Which functions of a library take or return a 32-bit time_t, by its debug information.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tracer/audit/elf/debug_file.h"
#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {

/// The functions of `exported` whose arguments or result are, point to or hold a time_t of four
/// bytes, sorted; empty without debug information, in the file or, if `where` is given, beside it.
/// Ends early for a file that would take too long.
std::vector<std::string> time_abi(const ElfImage& image, const Whereabouts* where,
                                  const std::unordered_set<std::string_view>& exported);

}  // namespace ttrace::audit
