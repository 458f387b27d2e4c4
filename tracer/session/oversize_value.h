// A value that does not fit a 32-bit program, from what the shim or the library says of it.
#pragma once

#include "analyzers/event.h"

namespace ttrace {

/// `reasons`: shim::Reason bits; `seconds`: the time among them.
OversizeValue describe_oversize(std::uint32_t reasons, std::int64_t seconds);

}  // namespace ttrace
