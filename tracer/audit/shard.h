// The share of one machine, when several audit one tree together.
#pragma once

#include <string_view>

namespace ttrace::audit {

struct Shard {
  unsigned index = 1;  // from 1
  unsigned count = 1;
  /// Whether the file of this path is of this share: a function of the path alone, the same on
  /// every machine.
  bool has(std::string_view path) const;
};

}  // namespace ttrace::audit
