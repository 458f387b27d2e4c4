// A system call of a thread that is followed, and its arguments in words.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

struct FollowedCall {
  Abi abi = Abi::kX86_64;
  std::string name;
  std::array<std::uint64_t, 6> args{};
};

/// i386's socketcall(2) becomes the call that it makes.
void unfold_socketcall(const Tracee& tracee, FollowedCall& call);

/// As many as the call has: paths as text, all else as numbers; four of a call that is not known.
std::vector<std::string> args_text(const Tracee& tracee, const FollowedCall& call);

}  // namespace ttrace
