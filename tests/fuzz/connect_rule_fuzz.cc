// Rules of --connect: whatever is accepted can be matched against any address, covers itself, and
// so does what `explore` makes of an address.
#include <algorithm>
#include <string>

#include "tracer/base/result.h"
#include "tracer/cli/connect_rule.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ttrace::RawAddress address;
  address.size = std::min(size, address.bytes.size());
  std::copy_n(data, address.size, address.bytes.begin());
  try {
    const ttrace::ConnectRule rule = ttrace::parse_connect_rule(text);
    (void)rule.matches(address);
    if (!rule.covers(rule)) __builtin_trap();
    (void)ttrace::shadowed_rules({rule, rule});
  } catch (const ttrace::UserError&) {
  }
  try {
    (void)ttrace::parse_connect_fault(text);
  } catch (const ttrace::UserError&) {
  }
  return 0;
}
