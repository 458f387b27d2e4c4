// Symbolic links, those of /proc among them.
#pragma once

#include <unistd.h>

#include <array>
#include <climits>
#include <string>

namespace ttrace {

/// Where the link leads; empty where it cannot be read.
inline std::string link_text(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  return {target.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace ttrace
