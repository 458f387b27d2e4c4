// The small files of /proc and /sys, which hold one line.
#pragma once

#include <fstream>
#include <string>

namespace ttrace {

/// Without its end; empty where the file cannot be read.
inline std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace ttrace
