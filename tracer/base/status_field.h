// Single fields of /proc/TID/status.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "tracer/base/types.h"

namespace ttrace {

/// `who`: a number, or "self". Empty if it is not there.
inline std::string status_text(const std::string& who, const std::string& name) {
  std::ifstream status("/proc/" + who + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name + ":")) continue;
    const auto value = line.find_first_not_of(" \t", name.size() + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

/// Its number; 0 if it is not there.
inline int status_field(Pid tid, const std::string& name) {
  return std::atoi(status_text(std::to_string(raw(tid)), name).c_str());
}

}  // namespace ttrace
