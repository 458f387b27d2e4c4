// The rules of --connect in the form in which the library applies them, and the other ends that
// they lead to.
#pragma once

#include <vector>

#include "preload/library/channel.h"
#include "tracer/cli/connect_rule.h"
#include "tracer/intercept/decoys.h"

namespace ttrace::preload {

/// UserError if there are more rules than the channel holds. `decoys` must live as long as the run.
void set_rules(const std::vector<ConnectRule>& rules, Decoys& decoys, Head& head);

}  // namespace ttrace::preload
