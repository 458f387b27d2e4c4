// The target's memory for the length of one walk. The thread is stopped, but others may run: what
// was read once stays as it was read, so that a walk sees one consistent stack. Or a copy of a
// stack that the target made itself, of a thread that may be gone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tracer/base/types.h"

namespace ttrace::stacks {

class WalkMemory {
 public:
  explicit WalkMemory(Pid tid) : tid_(tid) {}
  /// Only the bytes that were copied from `address` on.
  WalkMemory(std::uint64_t address, std::vector<std::byte> copy);
  /// And these.
  void add(std::uint64_t address, std::span<const std::byte> copy);

  /// The little-endian word of `size` (4 or 8) bytes at `address`.
  std::optional<std::uint64_t> word(std::uint64_t address, unsigned size);

  /// True if all of `out` could be filled from `address`.
  bool read(std::uint64_t address, std::span<std::byte> out);

 private:
  struct Chunk {
    std::uint64_t start = 0;
    std::vector<std::byte> bytes;
  };
  const Chunk* chunk_at(std::uint64_t address);
  const Chunk* fetch(std::uint64_t address);
  bool peek(std::uint64_t address, std::span<std::byte> out) const;

  Pid tid_{0};
  bool copied_ = false;  // nothing else can be read
  bool denied_ = false;
  std::vector<Chunk> chunks_;
};

/// As much of [address, address + size) of the memory of `tid` as can be read, from the front.
std::vector<std::byte> read_remote(Pid tid, std::uint64_t address, std::size_t size, bool& denied);

}  // namespace ttrace::stacks
