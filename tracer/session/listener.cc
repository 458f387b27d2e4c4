#include "tracer/session/listener.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "tracer/engine/filter.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

constexpr std::size_t kLongestMessage = 1024;

std::string read_bytes(Pid pid, std::uint64_t from, std::uint64_t size) {
  std::string text(std::min<std::uint64_t>(size, kLongestMessage), '\0');
  text.resize(read_memory_upto(pid, RemotePtr{from}, text.data(), text.size()));
  return text;
}

std::string gather(Pid pid, Abi abi, std::uint64_t vector, std::uint64_t count) {
  constexpr std::uint64_t kMostParts = 16;
  const unsigned word = abi_info(abi).word_size;
  std::string text;
  for (std::uint64_t i = 0; i < std::min(count, kMostParts); ++i) {
    std::uint64_t base = 0, size = 0;
    const RemotePtr part{vector + i * 2 * word};
    if (!read_memory(pid, part, &base, word) || !read_memory(pid, part + word, &size, word)) break;
    text += read_bytes(pid, base, size);
  }
  return text;
}

}  // namespace

void Listener::on_syscall(Tracee& tracee, Abi abi, SyscallNr nr,
                          const std::array<std::uint64_t, 6>& args) {
  if (static_cast<int>(args[0]) == STDERR_FILENO) {
    const Pid pid = tracee.process->pid;
    if (syscall_number(abi, "write") == nr) tracee.heard += read_bytes(pid, args[1], args[2]);
    if (syscall_number(abi, "writev") == nr) tracee.heard += gather(pid, abi, args[1], args[2]);
  }
  emit_lines(tracee, tracee.listen_budget == 0 || tracee.heard.size() > kLongestMessage);
}

void Listener::finish(Tracee& tracee) { emit_lines(tracee, true); }

void Listener::emit_lines(Tracee& tracee, bool all) {
  while (!tracee.heard.empty()) {
    const std::size_t end = tracee.heard.find('\n');
    if (end == std::string::npos && !all) return;
    const std::string line = tracee.heard.substr(0, end);
    tracee.heard.erase(0, end == std::string::npos ? end : end + 1);
    if (line.empty()) continue;
    Event event = sink_.make(*tracee.process, tracee.tid);
    event.what = TargetMessage{tracee.listen_path, line};
    sink_.emit(event);
  }
}

}  // namespace ttrace
