// The command line: words separated by NUL bytes.
#include <string>
#include <vector>

#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == 0) {
      words.emplace_back();
    } else {
      words.back() += static_cast<char>(data[i]);
    }
  }
  try {
    (void)ttrace::parse_command_line(words, {{1700000000, 0}, false});
  } catch (const ttrace::UserError&) {
  }
  return 0;
}
