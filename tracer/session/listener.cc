#include "tracer/session/listener.h"

#include <unistd.h>

#include "tracer/intercept/written_text.h"

namespace ttrace {
namespace {

constexpr std::size_t kLongestMessage = 1024;

}  // namespace

void Listener::on_syscall(Tracee& tracee, Abi abi, SyscallNr nr,
                          const std::array<std::uint64_t, 6>& args) {
  if (static_cast<int>(args[0]) == STDERR_FILENO) {
    tracee.heard += written_text(tracee.process->pid, abi, nr, args, kLongestMessage);
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
