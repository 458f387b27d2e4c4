// Which C library a dynamic ELF file is made for.
#pragma once

#include "analyzers/audit/report.h"
#include "tracer/audit/elf/dynamic.h"

namespace ttrace::audit {

/// By the loader, else by the names of what is needed, else by symbol versions. kUnknown: none of
/// them tells.
Libc libc_of(const std::string& interpreter, const DynamicInfo& dynamic);

}  // namespace ttrace::audit
