// The headers in a root's rpm database.
#include <string_view>

#include "tracer/audit/packages/rpm_header.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  (void)ttrace::audit::parse_rpm_header({reinterpret_cast<const char*>(data), size});
  return 0;
}
