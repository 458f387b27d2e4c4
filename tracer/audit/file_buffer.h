// Room for one file at a time, kept from one to the next: to get it anew for each would cost more
// than to read most files. Files are read, not mapped, so that one which is cut short meanwhile
// cannot kill the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ttrace::audit {

class FileBuffer {
 public:
  FileBuffer() = default;
  ~FileBuffer();
  FileBuffer(const FileBuffer&) = delete;
  FileBuffer& operator=(const FileBuffer&) = delete;

  /// The first `size` bytes of a file, or all if it has become shorter; they live until the next
  /// call. Empty: it has none, cannot be read, or is too long to keep room for.
  std::span<char> read(int fd, std::uint64_t size);

 private:
  bool make_room(std::size_t size);

  char* bytes_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace ttrace::audit
