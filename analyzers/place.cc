#include "analyzers/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace ttrace {
namespace {

bool begins_as(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

bool is_musl(std::string_view module) {
  return begins_as(base_name(module), {"ld-musl-", "libc.musl-"});
}

bool is_libc(std::string_view module) {
  return is_musl(module) ||
         begins_as(base_name(module), {"libc.so", "libc-2.", "ld-linux", "ld-2.", "librt.so",
                                       "librt-2.", "libpthread", "linux-gate", "[vdso]"});
}

const Frame* place_to_mend(const Stack& stack, std::size_t first) {
  for (std::size_t i = first; i < stack.size(); ++i) {
    if (!stack[i].module.empty() && !is_libc(stack[i].module)) return &stack[i];
  }
  return nullptr;
}

std::string source_text(const Frame& frame) {
  if (!frame.file) return "";
  return frame.line ? fmt::format("{}:{}", *frame.file, *frame.line) : *frame.file;
}

std::string function_text(const Frame& frame) {
  if (frame.function) {
    if (frame.inlined) return *frame.function + " (inlined)";
    if (!frame.function_offset) return *frame.function;
    return fmt::format("{}+{:#x}", *frame.function, *frame.function_offset);
  }
  if (frame.module.empty()) return "??";
  if (!frame.offset) return base_name(frame.module) + "+??";
  return fmt::format("{}+{:#x}", base_name(frame.module), *frame.offset);
}

}  // namespace ttrace
