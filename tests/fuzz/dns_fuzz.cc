// Answers of name servers and hosts files: bytes from the network, in the memory of the target.
#include <string_view>

#include "tracer/intercept/dns_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  (void)ttrace::parse_dns_answer(data, size);
  (void)ttrace::parse_hosts(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
