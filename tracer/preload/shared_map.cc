#include "tracer/preload/shared_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::preload {

/// What becomes of SIGBUS in this process.
struct SharedMapFaults {
  static inline std::atomic<SharedMap*> maps{nullptr};

  static bool fill(std::uintptr_t address) {
    constexpr std::uintptr_t kPage = 4096;
    for (SharedMap* map = maps.load(std::memory_order_acquire); map; map = map->next_) {
      const auto begin = reinterpret_cast<std::uintptr_t>(map->data_);
      if (address - begin >= map->size_) continue;
      map->was_cut_.store(true, std::memory_order_relaxed);
      void* const page = reinterpret_cast<void*>(address & ~(kPage - 1));
      return mmap(page, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                  0) == page;
    }
    return false;
  }

  // Any other fault happens again as this returns, and ends ttrace as ever.
  static void on_signal(int signal, siginfo_t* info, void*) {
    const int former_errno = errno;
    if (!fill(reinterpret_cast<std::uintptr_t>(info->si_addr))) ::signal(signal, SIG_DFL);
    errno = former_errno;
  }

  static void add(SharedMap* map) {
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    map->next_ = maps.load();
    maps.store(map, std::memory_order_release);
    sigaction(SIGBUS, &action, nullptr);
  }

  static void remove(SharedMap* map) {
    if (maps.load() == map) maps.store(map->next_);
    for (SharedMap* other = maps.load(); other; other = other->next_) {
      if (other->next_ == map) other->next_ = map->next_;
    }
    if (!maps.load()) ::signal(SIGBUS, SIG_DFL);
  }
};

SharedMap::SharedMap(const std::string& path, std::size_t size, Writes writes) : size_(size) {
  const bool is_private = writes == Writes::kPrivate;
  const int access = is_private ? O_RDONLY : O_RDWR | O_NOFOLLOW;
  const UniqueFd fd(open(path.c_str(), access | O_CLOEXEC | O_NOCTTY));
  void* const at = fd ? mmap(nullptr, size, PROT_READ | PROT_WRITE,
                             is_private ? MAP_PRIVATE : MAP_SHARED, fd.get(), 0)
                      : MAP_FAILED;
  if (at == MAP_FAILED) {
    throw UserError(fmt::format("cannot open the channel {}: {}", path, strerror(errno)), "");
  }
  data_ = static_cast<std::byte*>(at);
  SharedMapFaults::add(this);
}

SharedMap::~SharedMap() {
  SharedMapFaults::remove(this);
  munmap(data_, size_);
}

}  // namespace ttrace::preload
