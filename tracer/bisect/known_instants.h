// The moments at which clocks are known to run over: where a bisection looks first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttrace {

struct KnownInstant {
  std::int64_t at;    // the first second of the new era, since the epoch
  const char* what;   // in few words: "32-bit time_t"
  const char* cause;  // a sentence
};

/// In the order of time.
const std::vector<KnownInstant>& known_instants();

/// The one at exactly this second, or null.
const KnownInstant* known_instant(std::int64_t at);

}  // namespace ttrace
