// The image that a process has where its auxiliary vector says the vDSO is.
#include <vector>

#include "tracer/shim/vdso.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  for (const ttrace::Abi abi : {ttrace::Abi::kX86_64, ttrace::Abi::kI386}) {
    std::vector<char> image(data, data + size);
    (void)ttrace::Vdso::parse(image, abi);
  }
  return 0;
}
