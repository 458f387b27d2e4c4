#include "tracer/engine/remote_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/base/narrow.h"

namespace ttrace {
namespace {

constexpr std::size_t kPage = 4096;

}  // namespace

std::size_t read_memory_upto(Pid pid, RemotePtr from, void* to, std::size_t size) {
  const iovec local{to, size};
  const iovec remote = remote_range(raw(from), size);
  const ssize_t got = process_vm_readv(raw(pid), &local, 1, &remote, 1, 0);
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

Status read_memory(Pid pid, RemotePtr from, void* to, std::size_t size) {
  errno = EFAULT;
  if (read_memory_upto(pid, from, to, size) == size) return Done{};
  return Error{"process_vm_readv", pid, errno};
}

Status write_memory(Pid pid, RemotePtr to, const void* from, std::size_t size) {
  const iovec local{const_cast<void*>(from), size};
  const iovec remote = remote_range(raw(to), size);
  errno = EFAULT;
  const ssize_t put = process_vm_writev(raw(pid), &local, 1, &remote, 1, 0);
  if (put == static_cast<ssize_t>(size)) return Done{};
  return Error{"process_vm_writev", pid, errno};
}

std::string read_string(Pid pid, RemotePtr from, std::size_t limit) {
  std::string text;
  char buffer[256];
  while (text.size() < limit) {
    // Not across a page in one go: the next one may not be there.
    const std::size_t to_page_end = kPage - raw(from) % kPage;
    const std::size_t wanted = std::min({sizeof buffer, to_page_end, limit - text.size()});
    const std::size_t got = read_memory_upto(pid, from, buffer, wanted);
    const std::size_t length = strnlen(buffer, got);
    text.append(buffer, length);
    if (length < wanted) break;
    from = from + got;
  }
  return text;
}

MemoryFile::MemoryFile(Pid pid)
    : pid_(pid), fd_(open(fmt::format("/proc/{}/mem", raw(pid)).c_str(), O_RDWR | O_CLOEXEC)) {}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}

Status MemoryFile::write(RemotePtr to, const void* from, std::size_t size) const {
  if (fd_ < 0) return Error{"open /proc/PID/mem", pid_, ESRCH};
  const ssize_t put = pwrite(fd_, from, size, static_cast<off_t>(raw(to)));
  if (put == static_cast<ssize_t>(size)) return Done{};
  return Error{"write /proc/PID/mem", pid_, put < 0 ? errno : EIO};
}

}  // namespace ttrace
