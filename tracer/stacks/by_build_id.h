// An ELF file that is not where the process had it: found by its build id alone.
#pragma once

#include <memory>
#include <string>

#include "tracer/stacks/elf_file.h"

namespace ttrace::stacks {

/// Looks in /usr/lib/debug/.build-id, then asks the servers of DEBUGINFOD_URLS, if there are any;
/// that may take long. `build_id` is hexadecimal. Null: not found.
std::shared_ptr<ElfFile> find_by_build_id(const std::string& build_id);

}  // namespace ttrace::stacks
