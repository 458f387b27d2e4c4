// A process as it tells of itself.
#pragma once

#include "preload/library/channel.h"

namespace ttrace::preload {

/// `kind`: Kind::kProgram or Kind::kForked.
void tell_program(Kind kind);

}  // namespace ttrace::preload
