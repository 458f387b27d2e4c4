#include "tracer/stacks/libc_names.h"

#include <algorithm>
#include <array>

namespace ttrace::stacks {
namespace {

/// The rest of the name may be anything, but has to contain `then`.
struct Pattern {
  std::string_view begin;
  std::string_view then;
};

constexpr std::array<Pattern, 6> kPatterns{{
    {"libc.so.", ""},
    {"libc-2.", ".so"},
    {"libpthread.so.0", ""},
    {"librt.so.1", ""},
    {"ld-musl-", ".so"},
    {"libc.musl-", ".so"},
}};

}  // namespace

bool names_libc(std::string_view path_or_soname) {
  const std::string_view name = path_or_soname.substr(path_or_soname.rfind('/') + 1);
  return std::any_of(kPatterns.begin(), kPatterns.end(), [&](const Pattern& pattern) {
    return name.starts_with(pattern.begin) &&
           name.find(pattern.then, pattern.begin.size()) != std::string_view::npos;
  });
}

}  // namespace ttrace::stacks
