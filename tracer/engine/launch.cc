#include "tracer/engine/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tracer/base/held_signals.h"
#include "tracer/engine/beside.h"
#include "tracer/engine/child.h"
#include "tracer/engine/init.h"

namespace ttrace {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC)) {
    throw UserError(fmt::format("cannot make a pipe: {}", strerror(errno)),
                    "too many files are open (ulimit -n)");
  }
  return ends;
}

std::optional<ChildReport> next_report(int fd) {
  ChildReport report{};
  ssize_t size;
  do {
    size = read(fd, &report, sizeof report);
  } while (size < 0 && errno == EINTR);
  if (size != sizeof report) return std::nullopt;
  return report;
}

[[noreturn]] void throw_failure(const ChildReport& report) {
  throw UserError(report.message, report.hint, report.exit_status);
}

pid_t start_child(const LaunchOptions& options) {
  if (options.beside) return fork_beside(*options.beside);
  return options.init ? fork_init() : fork();
}

}  // namespace

Launch::Launch(const LaunchOptions& options) {
  if (options.root) check_root(options.root->directory);
  const auto go = make_pipe();
  const auto report = make_pipe();
  if (options.init || options.contained) cgroup_ = std::make_unique<InitCgroup>();
  if (options.contained) pids_ = std::make_unique<PidSpace>();
  // Until it is traced, a Ctrl-C would end the child alone, and so as if it could not be traced.
  const HeldSignals held;
  const pid_t pid = pids_ ? pids_->fork_inside() : start_child(options);
  if (pid < 0) {
    throw UserError(fmt::format("cannot fork: {}", strerror(errno)),
                    "the limit of processes is reached (ulimit -u)");
  }
  if (pid == 0) {
    close(go[1]);
    close(report[0]);
    run_child(options, cgroup_.get(), held, go[0], report[1]);
  }
  close(go[0]);
  close(report[1]);
  pid_ = Pid{pid};
  go_fd_ = go[1];
  report_fd_ = report[0];
}

void Launch::wait_until_ready() {
  const auto ready = next_report(report_fd_);
  if (ready && ready->kind == ChildReport::Kind::kReady) {
    note_ = ready->message;
    return;
  }
  close(go_fd_);
  go_fd_ = -1;
  waitpid(raw(pid_), nullptr, 0);
  if (ready) throw_failure(*ready);
  throw UserError("the child that should run the command died before it could", "");
}

Launch::~Launch() {
  if (go_fd_ >= 0) {
    close(go_fd_);
    kill(raw(pid_), SIGKILL);
  }
  if (report_fd_ >= 0) close(report_fd_);
}

void Launch::go(const FilterProgram& filter) {
  const auto length = static_cast<std::uint32_t>(filter.size());
  (void)!write(go_fd_, &length, sizeof length);
  (void)!write(go_fd_, filter.data(), filter.size() * sizeof(sock_filter));
  close(go_fd_);
  go_fd_ = -1;
}

void Launch::check_started() {
  while (report_fd_ >= 0) {
    const auto report = next_report(report_fd_);
    if (!report) {
      close(report_fd_);
      report_fd_ = -1;
      return;
    }
    if (report->kind == ChildReport::Kind::kNoNewPrivs) no_new_privs_ = true;
    if (report->kind == ChildReport::Kind::kFailed) throw_failure(*report);
  }
}

bool is_tracer_command(const std::string& command) {
  static constexpr std::array kTracers = {"gdb",    "gdbserver", "lldb",   "lldb-server",
                                          "ltrace", "rr",        "strace", "ttrace"};
  const std::string name = command.substr(command.rfind('/') + 1);
  return std::find(kTracers.begin(), kTracers.end(), name) != kTracers.end();
}

}  // namespace ttrace
