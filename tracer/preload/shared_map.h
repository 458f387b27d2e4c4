// A file mapped together with processes that are not trusted. One of them may cut it short: what is
// gone then reads as zeros here, where the kernel would send SIGBUS.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

namespace ttrace::preload {

class SharedMap {
 public:
  enum class Writes { kShared, kPrivate };  // private: what is written here stays here
  /// Maps the first `size` bytes of `path`, readable and writable. UserError if it cannot.
  SharedMap(const std::string& path, std::size_t size, Writes writes);
  ~SharedMap();
  SharedMap(const SharedMap&) = delete;
  SharedMap& operator=(const SharedMap&) = delete;

  std::byte* data() const { return data_; }
  /// A part of the file was gone when it was looked at.
  bool was_cut() const { return was_cut_.load(std::memory_order_relaxed); }

 private:
  friend struct SharedMapFaults;

  std::byte* data_ = nullptr;
  std::size_t size_;
  std::atomic<bool> was_cut_{false};
  SharedMap* next_ = nullptr;  // of those that exist
};

}  // namespace ttrace::preload
