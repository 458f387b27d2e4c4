// One ELF file, judged by itself: its machine, its C library, the time calls that it imports.
#pragma once

#include "tracer/audit/elf/debug_file.h"
#include "tracer/audit/elf/elf_image.h"
#include "tracer/audit/file_facts.h"

namespace ttrace::audit {

/// Fills everything of `facts` but paths, stamp and package. `where`: to find what belongs to it;
/// may be null. What cannot be read makes it kUnreadable with the reason; nothing in the image can
/// make this throw or run for long.
void examine_elf(const ElfImage& image, const Whereabouts* where, FileFacts& facts);

}  // namespace ttrace::audit
