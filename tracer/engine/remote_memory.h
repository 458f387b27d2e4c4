// Reading and writing a tracee's memory. All of it is hostile: sizes are bounded by the caller's
// buffer, and a short or failed transfer is an ordinary result.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

#include "tracer/base/result.h"
#include "tracer/base/types.h"

namespace ttrace {

/// All of `size` bytes, or an error.
Status read_memory(Pid pid, RemotePtr from, void* to, std::size_t size);
/// As many of `size` bytes as can be read; 0 if none.
std::size_t read_memory_upto(Pid pid, RemotePtr from, void* to, std::size_t size);
Status write_memory(Pid pid, RemotePtr to, const void* from, std::size_t size);

/// A string that ends within `limit` bytes; what was read so far if it does not end or cannot be
/// read on.
std::string read_string(Pid pid, RemotePtr from, std::size_t limit);

template <typename T>
Result<T> read_object(Pid pid, RemotePtr from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T object{};
  if (auto status = read_memory(pid, from, &object, sizeof object); !status) return status.error();
  return object;
}

template <typename T>
Status write_object(Pid pid, RemotePtr to, const T& object) {
  static_assert(std::is_trivially_copyable_v<T>);
  return write_memory(pid, to, &object, sizeof object);
}

/// /proc/PID/mem of a stopped tracee: writes to read-only mappings too (private copies), which
/// write_memory() cannot.
class MemoryFile {
 public:
  explicit MemoryFile(Pid pid);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  Status write(RemotePtr to, const void* from, std::size_t size) const;

 private:
  Pid pid_;
  int fd_;
};

}  // namespace ttrace
