#include "tracer/session/event_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tracer/base/link_text.h"

namespace ttrace {
namespace {

std::string read_comm(Pid pid) {
  char buffer[64];
  const int fd = open(fmt::format("/proc/{}/comm", raw(pid)).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  const ssize_t size = read(fd, buffer, sizeof buffer);
  close(fd);
  std::string comm(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!comm.empty() && comm.back() == '\n') comm.pop_back();
  return comm;
}

}  // namespace

Event EventSink::make(Process& process, Pid tid) const {
  if (process.exe.empty()) {
    process.exe = link_text(fmt::format("/proc/{}/exe", raw(process.pid)));
    process.comm = read_comm(process.pid);
  }
  Event event;
  event.at = elapsed();
  event.process = {raw(process.pid), raw(tid), process.comm, process.exe,
                   std::string(abi_info(process.abi).name)};
  return event;
}

}  // namespace ttrace
