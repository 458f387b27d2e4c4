#include "tracer/stacks/walk_memory.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/base/narrow.h"

namespace ttrace::stacks {
namespace {

constexpr std::uint64_t kPage = 4096;
// Most stacks end within the first chunk; a walk that needs more than all of them is not a stack.
constexpr std::size_t kChunkPages = 4;
constexpr std::size_t kMaxChunks = 256;

}  // namespace

std::vector<std::byte> read_remote(Pid tid, std::uint64_t address, std::size_t size, bool& denied) {
  std::vector<std::byte> bytes(size);
  // The kernel promises partial results only between the elements of the remote vector.
  std::vector<iovec> remote;
  for (std::uint64_t at = address, end = address + size; at < end;) {
    const std::uint64_t next = std::min(end, (at | (kPage - 1)) + 1);
    remote.push_back(remote_range(at, static_cast<std::size_t>(next - at)));
    at = next;
  }
  const iovec local{bytes.data(), bytes.size()};
  const ssize_t got = ::process_vm_readv(raw(tid), &local, 1, remote.data(), remote.size(), 0);
  denied = got < 0 && errno == EPERM;
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

WalkMemory::WalkMemory(std::uint64_t address, std::vector<std::byte> copy) : copied_(true) {
  chunks_.push_back({address, std::move(copy)});
}

void WalkMemory::add(std::uint64_t address, std::span<const std::byte> copy) {
  chunks_.push_back({address, {copy.begin(), copy.end()}});
}

std::optional<std::uint64_t> WalkMemory::word(std::uint64_t address, unsigned size) {
  std::array<std::byte, 8> bytes{};
  if (size > bytes.size() || !read(address, std::span(bytes).first(size))) return std::nullopt;
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

bool WalkMemory::read(std::uint64_t address, std::span<std::byte> out) {
  if (address + out.size() < address) return false;
  if (denied_) return peek(address, out);
  while (!out.empty()) {
    const Chunk* chunk = chunk_at(address);
    if (chunk == nullptr) chunk = fetch(address);
    if (chunk == nullptr) return denied_ && peek(address, out);
    const auto skip = static_cast<std::size_t>(address - chunk->start);
    const std::size_t count = std::min(out.size(), chunk->bytes.size() - skip);
    std::memcpy(out.data(), chunk->bytes.data() + skip, count);
    out = out.subspan(count);
    address += count;
  }
  return true;
}

const WalkMemory::Chunk* WalkMemory::chunk_at(std::uint64_t address) {
  for (const Chunk& chunk : chunks_) {
    if (address >= chunk.start && address - chunk.start < chunk.bytes.size()) return &chunk;
  }
  return nullptr;
}

const WalkMemory::Chunk* WalkMemory::fetch(std::uint64_t address) {
  const std::uint64_t start = address & ~(kPage - 1);
  if (copied_) return nullptr;
  if (chunks_.size() >= kMaxChunks || start + kChunkPages * kPage < start) return nullptr;
  auto bytes = read_remote(tid_, start, kChunkPages * kPage, denied_);
  if (address - start >= bytes.size()) return nullptr;
  return &chunks_.emplace_back(Chunk{start, std::move(bytes)});
}

// An unprivileged tracer may not use process_vm_readv on a target that made itself undumpable
// (prctl(2), PR_SET_DUMPABLE), but it may still ask through the attachment it already has.
bool WalkMemory::peek(std::uint64_t address, std::span<std::byte> out) const {
  for (std::size_t done = 0; done < out.size(); done += sizeof(long)) {
    errno = 0;
    const long data =
        ::ptrace(PTRACE_PEEKDATA, raw(tid_), static_cast<std::size_t>(address + done), nullptr);
    if (errno != 0) return false;
    std::memcpy(out.data() + done, &data, std::min(sizeof data, out.size() - done));
  }
  return true;
}

}  // namespace ttrace::stacks
