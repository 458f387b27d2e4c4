// The preload libraries, which the tracer carries in itself.
#pragma once

#include <span>

#include "tracer/abi/abi.h"

namespace ttrace::preload {

constexpr const char* kLibraryName = "libttrace-preload.so";

std::span<const char> library_image(Abi abi);

}  // namespace ttrace::preload
