// How busy the machine is, so that what only waits does not leave a processor to nobody.
#pragma once

#include <optional>

namespace ttrace::audit {

class IdleProcessors {
 public:
  /// How many processors had nothing to do since the last call, on average ("1.5"); nullopt: it is
  /// the first, or /proc/stat cannot be read (proc(5)).
  std::optional<double> since_last();

 private:
  unsigned long long idle_ = 0, all_ = 0;  // clock ticks of all processors
};

}  // namespace ttrace::audit
