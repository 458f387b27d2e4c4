// Which programs may ask when the machine was booted. To stop at each open of a file would cost
// more than all else that ttrace does; so what tells is the program that is executed, its command
// line or its script.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "tracer/base/types.h"

namespace ttrace {

class BootReaders {
 public:
  /// `uptime`: those that read /proc/uptime too.
  explicit BootReaders(bool uptime) : uptime_(uptime) {}
  /// Process `pid` has just executed a program that may.
  bool has(Pid pid);

 private:
  using Identity = std::tuple<std::uint64_t, std::uint64_t, std::int64_t>;  // device, inode, mtime

  bool program_does(const std::string& exe);
  bool text_does(std::string_view text) const;
  bool script_does(const std::string& path) const;

  bool uptime_;
  std::map<Identity, bool> programs_;  // that were looked through
};

}  // namespace ttrace
