// Debug information that is kept in a file of its own, as distributions do.
#pragma once

#include <memory>
#include <string>

#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {

/// Where a file lies.
struct Whereabouts {
  std::string root;  // of its system, without a slash at its end; empty: the machine's own
  std::string path;  // on this machine
};

/// The debug file that belongs to `image`, by its build id in ROOT/usr/lib/debug/.build-id, or by
/// its .gnu_debuglink beside it, in .debug or below ROOT/usr/lib/debug (gdb's manual, "Separate
/// Debug Files"). It has the same build id, or the checksum that the link names. Null: there is
/// none.
std::unique_ptr<ElfImage> open_debug_file(const ElfImage& image, const Whereabouts& where);

}  // namespace ttrace::audit
