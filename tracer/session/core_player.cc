// --core-pattern: the kernel's part in a core dump, played by ttrace (CrashWatch's half of it). The
// process stays stopped while its core is written, or read by a program, as the kernel would have
// it; then it dies with RLIMIT_CORE lowered, so that the machine's own pattern sees nothing of it.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "tracer/session/crash_watch.h"

namespace ttrace {
namespace {

constexpr std::uint64_t kSmallestCore = 4096;

bool is_pipe(const CoreConditions& c) { return c.target.starts_with('|'); }

// What core_fate.cc says of these is told by the analyzer.
bool would_dump(const CoreConditions& c, Dumpable dumpable) {
  if (!would_be_dumped(c, dumpable)) return false;
  if (c.target.empty() || c.target.starts_with('@')) return false;
  if (is_pipe(c)) {
    return c.limit != 1 && c.program_state == CoreConditions::Program::kFine;
  }
  return c.limit >= kSmallestCore && c.file_limit >= kSmallestCore &&
         c.place == CoreConditions::Place::kFine;
}

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream text(command);
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

}  // namespace

bool CrashWatch::wants_core(const Event& event) const {
  const auto& fatal = std::get<FatalSignal>(event.what);
  return fatal.core.simulated && fatal.action == SignalAction::What::kDefault;
}

// True: the process waits for a program to read its core.
bool CrashWatch::play_kernel(Held& held) {
  const auto& fatal = std::get<FatalSignal>(held.event.what);
  const Pid pid{held.event.process.pid};
  const auto found = tracer_->processes().find(pid);
  const auto info = get_siginfo(held.waiting.front().tid);
  if (found == tracer_->processes().end() || !info) return false;
  const Dumpable dumpable = settings_.dumpable(pid);
  if (!would_dump(fatal.core, dumpable)) return false;
  const Process& process = *found->second;
  if (is_pipe(fatal.core)) return pipe_core(held, fatal, process, *info);
  const Pid tid{held.event.process.tid};
  const UniqueFd file = make_core_file(core_file(pid, tid, fatal.core, dumpable));
  if (!file) return false;
  const std::uint64_t size = write_core(process, held.registers, *info, file.get());
  if (size > fatal.core.limit) {
    (void)!ftruncate(file.get(), static_cast<off_t>(fatal.core.limit));
  }
  written_[pid] = size;
  if (size > 0) waits_.on_core_made(pid);
  return false;
}

bool CrashWatch::pipe_core(Held& held, const FatalSignal& fatal, const Process& process,
                           const siginfo_t& info) {
  UniqueFd core(memfd_create("core", MFD_CLOEXEC));
  if (!core || !start_) return false;
  Reader reader;
  reader.piped.story = fatal.story;
  reader.piped.command = fatal.core.target.substr(1);
  reader.piped.core_size = write_core(process, held.registers, info, core.get());
  const auto pid = start_(words_of(reader.piped.command), core.get(), process.pid);
  if (!pid) return false;
  reader.piped.pid = raw(*pid);
  reader.held = std::move(held);
  readers_.emplace(*pid, std::move(reader));
  return true;
}

void CrashWatch::on_reader_gone(Process& process, int status) {
  auto reader = readers_.extract(process.pid);
  CorePiped& piped = reader.mapped().piped;
  if (WIFEXITED(status)) piped.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) piped.signal = WTERMSIG(status);
  if (piped.core_size > 0) waits_.on_core_made(Pid{reader.mapped().held.event.process.pid});
  Event event = sink_.make(process, process.pid);
  event.what = std::move(piped);
  sink_.emit(event);
  let_die(reader.mapped().held);
}

void CrashWatch::let_die(const Held& held) {
  if (wants_core(held.event)) {
    const pid_t pid = held.event.process.pid;
    rlimit limit{};
    (void)prlimit(pid, RLIMIT_CORE, nullptr, &limit);
    // A pipe heeds no limit but this one (core(5)).
    limit.rlim_cur = machine_pattern().text.starts_with('|') ? 1 : 0;
    (void)prlimit(pid, RLIMIT_CORE, &limit, nullptr);
  }
  for (const Waiting& waiting : held.waiting) {
    tracer_->deliver(waiting.tid, waiting.signal, waiting.how);
  }
}

}  // namespace ttrace
