// What the kernel says of ttrace itself.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

namespace ttrace {

/// A field of /proc/self/status; empty if the kernel does not give it.
inline std::string own_status(const std::string& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(field + ":")) continue;
    const auto value = line.find_first_not_of(" \t", field.size() + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

/// In its effective set; numbers: linux/capability.h.
inline bool has_capability(int capability) {
  const unsigned long long effective = std::strtoull(own_status("CapEff").c_str(), nullptr, 16);
  return (effective >> capability & 1) != 0;
}

}  // namespace ttrace
