// Which processes `ttrace attach` is meant for, and why one of them cannot be.
#pragma once

#include <string>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/base/result.h"
#include "tracer/cli/attach_options.h"

namespace ttrace {

struct AttachTarget {
  Pid pid{0};
  Abi abi = Abi::kX86_64;
  std::string name;  // "dirmngr[12]", fit to print
};

/// Those that the options name, each once. UserError when there is none, or one that was named by
/// its pid cannot be traced; others are left out then, with a reason in `left_out`.
std::vector<AttachTarget> find_targets(const AttachOptions& options,
                                       std::vector<std::string>& left_out);

/// What ptrace refused, in words.
UserError refusal(const AttachTarget& target, const Error& error);

}  // namespace ttrace
