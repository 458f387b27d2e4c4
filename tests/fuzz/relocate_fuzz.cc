// Code of a target, which may have put anything where its vDSO was.
#include <cstdlib>

#include "tracer/shim/relocate.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::vector<std::uint8_t> code(data, data + size);
  for (const auto abi : {ttrace::Abi::kX86_64, ttrace::Abi::kI386}) {
    const auto moved = ttrace::relocate(abi, code, 0x40000000, 0x50000000);
    if (moved && (moved->taken < ttrace::kJumpSize || moved->taken > size ||
                  moved->code.size() > ttrace::kMostRelocated)) {
      std::abort();
    }
  }
  return 0;
}
