#include "tracer/preload/images.h"

extern "C" {
extern const char ttrace_preload_library_x86_64[];
extern const char ttrace_preload_library_x86_64_end[];
extern const char ttrace_preload_library_i386[];
extern const char ttrace_preload_library_i386_end[];
}

namespace ttrace::preload {

std::span<const char> library_image(Abi abi) {
  if (abi == Abi::kI386) return {ttrace_preload_library_i386, ttrace_preload_library_i386_end};
  return {ttrace_preload_library_x86_64, ttrace_preload_library_x86_64_end};
}

}  // namespace ttrace::preload
