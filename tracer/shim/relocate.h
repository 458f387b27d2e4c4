// The first instructions of a function, moved elsewhere so that a jump can take their place and the
// function can still be called: through the moved ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tracer/abi/abi.h"

namespace ttrace {

/// `jmp rel32`: what takes the place of the first instructions.
constexpr std::size_t kJumpSize = 5;
/// The most that relocate() makes of them.
constexpr std::size_t kMostRelocated = 48;

/// The jump at `at` to `target`; nullopt: out of its reach.
std::optional<std::vector<std::uint8_t>> jump(Abi abi, std::uint64_t at, std::uint64_t target);

struct Relocated {
  std::size_t taken = 0;           // bytes of the original: kJumpSize or a little more
  std::vector<std::uint8_t> code;  // does what they do, and jumps to what follows them
};

/// The first instructions of `code`, which runs at `from`, as code that runs at `to`. nullopt: they
/// cannot be moved (a branch back into themselves, say), or are no instructions.
std::optional<Relocated> relocate(Abi abi, const std::vector<std::uint8_t>& code,
                                  std::uint64_t from, std::uint64_t to);

}  // namespace ttrace
