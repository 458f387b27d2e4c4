// /proc/PID/maps as values. The target chooses the names in it, so nothing in a line is trusted
// beyond what the kernel itself formats: the five fields ahead of the name.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/types.h"

namespace ttrace::stacks {

struct Mapping {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;
  bool readable = false, writable = false, executable = false, shared = false;
  dev_t dev = 0;
  ino_t inode = 0;
  std::string name;  // as the kernel prints it; empty: anonymous

  bool contains(std::uint64_t address) const { return address >= start && address < end; }
  bool in_file() const { return !name.empty() && name[0] == '/'; }
  bool is_vdso() const { return name == "[vdso]"; }
  bool operator==(const Mapping&) const = default;
};

/// All mappings, by address.
std::vector<Mapping> parse_all_maps(std::string_view text);

/// The mappings code can be in or be named after: executable ones and those of files, by address.
std::vector<Mapping> parse_maps(std::string_view text);

/// The text of /proc/TID/maps. Unset: gone or not permitted. By thread, because the maps of a
/// process whose main thread has exited read as empty.
std::optional<std::string> read_maps(Pid tid);

/// The kernel prints names as this process sees them: with the path of a target's root directory
/// (chroot) ahead. Takes `root` off the names, as the target itself would see them.
void strip_root(std::vector<Mapping>& maps, std::string_view root);

/// Where the root directory of `tid` is for this process; empty: not known.
std::string root_of(Pid tid);

}  // namespace ttrace::stacks
