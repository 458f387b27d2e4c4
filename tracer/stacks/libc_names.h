// Which files are a C library.
#pragma once

#include <string_view>

namespace ttrace::stacks {

/// By path (only its last component counts) or by DT_SONAME. glibc before 2.34 kept parts of its
/// API in libpthread and librt: they count as well. musl's libc is its dynamic linker.
bool names_libc(std::string_view path_or_soname);

}  // namespace ttrace::stacks
