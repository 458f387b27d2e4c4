// A report of --baseline: any file that someone kept.
#include <sstream>

#include "tracer/base/result.h"
#include "tracer/cli/baseline.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::istringstream text(std::string(reinterpret_cast<const char*>(data), size));
  try {
    (void)ttrace::parse_baseline(text, "fuzz");
  } catch (const ttrace::UserError&) {
  }
  return 0;
}
