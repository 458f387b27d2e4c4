// Where functions start by a file's tables for unwinding, which stripping leaves in place.
#pragma once

#include <cstdint>
#include <vector>

#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {

/// Unsorted; empty if the file has no such table, or one of an unusual form.
std::vector<std::uint64_t> unwind_starts(const ElfImage& image);

}  // namespace ttrace::audit
