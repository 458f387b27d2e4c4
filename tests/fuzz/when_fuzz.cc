// WHEN and DURATION: whatever is typed gives a value or a UserError, never anything else.
#include <string>

#include "tracer/base/result.h"
#include "tracer/clock/duration.h"
#include "tracer/clock/when.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const ttrace::WallTime time = ttrace::parse_when(text, {1700000000, 0});
    if (time.ns < 0 || time.ns >= 1000000000) __builtin_trap();
  } catch (const ttrace::UserError&) {
  }
  try {
    if (ttrace::parse_duration(text) < ttrace::Duration{0}) __builtin_trap();
  } catch (const ttrace::UserError&) {
  }
  return 0;
}
