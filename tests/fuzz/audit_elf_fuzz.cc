// Any ELF file that an audit meets: all tables of it, its code, its debug information.
#include <vector>

#include "tracer/audit/inspect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::vector<char> bytes(data, data + size);
  if (size >= 4) bytes[0] = 0x7f, bytes[1] = 'E', bytes[2] = 'L', bytes[3] = 'F';
  (void)ttrace::audit::inspect_bytes(bytes, true);
  return 0;
}
