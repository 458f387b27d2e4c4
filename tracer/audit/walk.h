// The files of a tree. Symbolic links are never followed, nothing is opened but directories, and
// pseudo file systems (proc, sysfs …) are left alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttrace::audit {

struct Walked {
  std::vector<std::string> files;  // regular ones, by their path on this machine
  struct Refused {
    std::string path;
    std::string why;
  };
  std::vector<Refused> refused;  // directories that cannot be read, FIFOs, devices, sockets
};

/// `top`: a directory or a file.
Walked walk(const std::string& top);

}  // namespace ttrace::audit
