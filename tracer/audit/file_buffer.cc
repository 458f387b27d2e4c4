#include "tracer/audit/file_buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tracer/base/narrow.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kMost = 64U << 20;
constexpr std::size_t kPage = 2U << 20;  // a large one, which costs one fault instead of 512

}  // namespace

FileBuffer::~FileBuffer() {
  if (bytes_ != nullptr) ::munmap(bytes_, capacity_);
}

bool FileBuffer::make_room(std::size_t size) {
  if (size <= capacity_) return true;
  if (bytes_ != nullptr) ::munmap(bytes_, capacity_);
  bytes_ = nullptr;
  capacity_ = 0;
  const std::size_t rounded = (size + kPage - 1) / kPage * kPage;
  void* made = ::mmap(nullptr, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) return false;
  ::madvise(made, rounded, MADV_HUGEPAGE);
  bytes_ = static_cast<char*>(made);
  capacity_ = rounded;
  return true;
}

std::span<char> FileBuffer::read(int fd, std::uint64_t whole) {
  const std::size_t size = at_most(kMost, whole);
  if (size < whole || !make_room(size)) return {};
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::pread(fd, bytes_ + have, size - have, static_cast<off_t>(have));
    if (got < 0) return {};
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return {bytes_, have};
}

}  // namespace ttrace::audit
