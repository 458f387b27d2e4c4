// What the kernel says of ttrace itself.
#pragma once

#include <cstdlib>
#include <string>

#include "tracer/base/status_field.h"

namespace ttrace {

/// A field of /proc/self/status; empty if the kernel does not give it.
inline std::string own_status(const std::string& field) { return status_text("self", field); }

/// In its effective set; numbers: linux/capability.h.
inline bool has_capability(int capability) {
  const unsigned long long effective = std::strtoull(own_status("CapEff").c_str(), nullptr, 16);
  return (effective >> capability & 1) != 0;
}

}  // namespace ttrace
