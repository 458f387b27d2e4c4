// /proc/PID/maps and smaps, whose names a target chooses.
#include <string>

#include "tracer/session/core_mappings.h"
#include "tracer/stacks/proc_maps.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto maps = ttrace::stacks::parse_maps(text);
  ttrace::stacks::strip_root(maps, "/a/root");
  for (const ttrace::CoreMapping& mapping : ttrace::parse_smaps(text)) {
    if (ttrace::size_in_core(mapping, ttrace::kDumpByDefault, true) > mapping.end) __builtin_trap();
  }
  return 0;
}
