// Single numbers of /proc/TID/status.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tracer/base/types.h"

namespace ttrace {

/// 0 if it is not there.
inline int status_field(Pid tid, const std::string& name) {
  std::ifstream status(fmt::format("/proc/{}/status", raw(tid)));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::atoi(line.c_str() + name.size() + 1);
  }
  return 0;
}

}  // namespace ttrace
