// From the 64 bits that files and targets have to what this ttrace has itself, which as an i386
// program is less.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace ttrace {

/// `wanted`, but no more than `most`.
constexpr std::size_t at_most(std::size_t most, std::uint64_t wanted) {
  return wanted < most ? static_cast<std::size_t>(wanted) : most;
}

/// Of a target's memory, for process_vm_readv(2) and its kin; EFAULT for what lies beyond an
/// address of ours.
inline iovec remote_range(std::uint64_t address, std::size_t size) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uintptr_t>::max();
  const auto at = static_cast<std::uintptr_t>(address <= kLast ? address : 0);
  return {reinterpret_cast<void*>(at), size};
}

}  // namespace ttrace
