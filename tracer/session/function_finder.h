// Where a function of a given name is in a process: by the symbol tables of the files it has
// mapped.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tracer/stacks/mapped_file.h"

namespace ttrace {

class FunctionFinder {
 public:
  /// In the first mapped file that defines it, the program's own ahead of libraries. Indirect
  /// functions (STT_GNU_IFUNC), whose symbol is that of their chooser, are not found.
  std::optional<std::uint64_t> find(Pid tid, const std::string& name);

 private:
  std::optional<std::uint64_t> in_file(const std::shared_ptr<stacks::ElfFile>& file,
                                       const std::string& name);

  stacks::FileCache files_;
  std::map<std::pair<std::shared_ptr<stacks::ElfFile>, std::string>, std::optional<std::uint64_t>>
      known_;
};

}  // namespace ttrace
