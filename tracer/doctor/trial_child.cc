#include "tracer/doctor/trial_child.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace ttrace {
namespace {

int status_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int in_child(const std::function<int()>& trial) {
  const pid_t pid = fork();
  if (pid == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    for (const int signal : {SIGILL, SIGTRAP, SIGBUS, SIGSEGV, SIGSYS}) ::signal(signal, SIG_DFL);
    _exit(trial());
  }
  return pid < 0 ? 127 : status_of(pid);
}

IdleChild::IdleChild() : pid_(Pid{fork()}) {
  if (raw(pid_) != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

IdleChild::~IdleChild() {
  if (raw(pid_) <= 0) return;
  kill(raw(pid_), SIGKILL);
  // One that was taken under trace may stop once more as it ends (PTRACE_EVENT_EXIT).
  int status = 0;
  pid_t waited = 0;
  while ((waited = waitpid(raw(pid_), &status, __WALL)) > 0 ? WIFSTOPPED(status) : errno == EINTR) {
    if (waited > 0) ptrace(PTRACE_CONT, raw(pid_), nullptr, nullptr);
  }
}

}  // namespace ttrace
