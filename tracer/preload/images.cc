#include "tracer/preload/images.h"

#include "traced_abis.h"

#define TTRACE_DECLARE(abi, name)                   \
  extern const char ttrace_preload_library_##abi[]; \
  extern const char ttrace_preload_library_##abi##_end[];
#define TTRACE_RETURN(abi, name) \
  if (wanted == Abi::name)       \
    return {ttrace_preload_library_##abi, ttrace_preload_library_##abi##_end};

extern "C" {
TTRACE_EACH_ABI(TTRACE_DECLARE)
}

namespace ttrace::preload {

std::span<const char> library_image(Abi wanted) {
  TTRACE_EACH_ABI(TTRACE_RETURN)
  return {};
}

}  // namespace ttrace::preload
