// A table of the kernel's, from whatever network namespace the target is in.
#include <sstream>
#include <string>

#include "tracer/session/tcp_table.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const bool v6 : {false, true}) {
    std::istringstream table(text);
    for (const auto& connect : ttrace::parse_tcp_table(table, v6)) {
      (void)ttrace::age_of(connect, static_cast<unsigned>(size));
      (void)ttrace::describe(connect.to);
    }
  }
  return 0;
}
