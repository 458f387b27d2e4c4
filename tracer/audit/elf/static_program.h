// A program without a loader: its C library is in it, or it has none. What it calls is told by its
// symbol table and its code, not by imports.
#pragma once

#include "tracer/audit/elf/elf_image.h"
#include "tracer/audit/file_facts.h"

namespace ttrace::audit {

/// Fills libc, language, time_bits and findings of a static program for a 32-bit machine; libc and
/// language alone for others.
void examine_static(const ElfImage& image, FileFacts& facts);

}  // namespace ttrace::audit
