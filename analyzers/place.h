// Where in a stack something is to be mended, and how that place is named.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "analyzers/event.h"

namespace ttrace {

/// What stands behind the last slash.
std::string base_name(std::string_view path);

/// True for a module that is part of the C library (glibc or musl) or the vDSO; is_musl for musl's.
bool is_libc(std::string_view module);
bool is_musl(std::string_view module);

/// The innermost frame from `first` on that is in a module other than the C library's; null: none.
const Frame* place_to_mend(const Stack& stack, std::size_t first = 0);

/// "file.c:12", "file.c"; empty: the source is not known.
std::string source_text(const Frame& frame);

/// "main+0x2a", "helper (inlined)", "libc.so.6+0x1002a" without a symbol, "??" without a module.
std::string function_text(const Frame& frame);

}  // namespace ttrace
