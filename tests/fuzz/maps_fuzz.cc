// /proc/PID/maps, whose names a target chooses.
#include <string>

#include "tracer/stacks/proc_maps.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto maps = ttrace::stacks::parse_maps(text);
  ttrace::stacks::strip_root(maps, "/a/root");
  return 0;
}
