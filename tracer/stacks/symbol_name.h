// Of several symbols at one address, the one a programmer knows the function by; and its readable
// form.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

namespace ttrace::stacks {

struct SymbolName {
  std::string_view name;      // as in the string table, maybe with a version
  bool is_private = false;    // of version GLIBC_PRIVATE
  unsigned char binding = 0;  // STB_*
};

/// The lower, the better: the API has fewer underscores than its internal aliases (gettimeofday,
/// __gettimeofday), is not private to glibc, and global ahead of weak ahead of local.
std::tuple<std::size_t, bool, int, std::size_t, std::string_view> rank(const SymbolName& symbol);

/// Without "@VERSION" and "@@VERSION".
std::string_view without_version(std::string_view name);

/// C++ names in readable form, all others as they are. Names are the target's: overlong ones are
/// cut off.
std::string readable(std::string_view name);

}  // namespace ttrace::stacks
