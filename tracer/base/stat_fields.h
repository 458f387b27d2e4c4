// The fields of /proc/TID/stat behind the name, which may hold anything: proc(5).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tracer/base/first_line.h"
#include "tracer/base/types.h"

namespace ttrace {

/// Field N of the manual page is at N - 3; the state comes first. Empty: the thread is gone.
inline std::vector<std::string> stat_fields(Pid tid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", raw(tid)));
  std::istringstream words(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  return {std::istream_iterator<std::string>(words), {}};
}

}  // namespace ttrace
