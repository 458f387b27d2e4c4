// Starting the target: a child that puts itself in its place (root, user), waits until it is
// traced, loads the seccomp filter and executes the command.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/result.h"
#include "tracer/engine/filter.h"
#include "tracer/engine/init_cgroup.h"
#include "tracer/engine/pid_space.h"
#include "tracer/engine/root.h"

namespace ttrace {

/// Descriptors that become the target's standard ones; -1: it has ttrace's own.
struct StandardFiles {
  int in = -1;
  int out = -1;
  int err = -1;
};

struct LaunchOptions {
  std::vector<std::string> command;
  std::optional<RootOptions> root;
  std::optional<std::string> user;  // a name or a number
  StandardFiles files;
  bool init = false;          // as PID 1 of namespaces of its own
  bool contained = false;     // in such namespaces and without network, but not PID 1
  std::optional<int> beside;  // in the namespaces of the process of this pidfd, and its root
  std::string directory;      // to start in, if it is there; empty: where ttrace is
  /// Called in the child, inside its root, before it is ready. What it returns is Launch::note().
  std::function<std::string()> settle_in;
  /// Called in the child with what it is about to execute; may throw UserError.
  std::function<void(const std::string& file)> check_program;
};

/// A child that gets ready to execute its command, and waits. Dies with this object if not let go.
class Launch {
 public:
  /// Throws UserError if there can be no child.
  explicit Launch(const LaunchOptions& options);
  ~Launch();
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  Pid pid() const { return pid_; }
  /// What the child says of itself once it is ready.
  const std::string& note() const { return note_; }
  /// Throws UserError if the child could not get ready.
  void wait_until_ready();
  /// Lets the child, which is ready, load the filter (empty: none) and execute. It should be traced
  /// by now.
  void go(const FilterProgram& filter = {});
  /// Once the child has executed or ended: throws UserError (125, 126 or 127) if the command never
  /// ran.
  void check_started();
  /// After check_started(): set-user-ID programs have no effect (no_new_privs had to be set).
  bool no_new_privs() const { return no_new_privs_; }

 private:
  std::unique_ptr<InitCgroup> cgroup_;  // for --init, and what is contained
  std::unique_ptr<PidSpace> pids_;      // for what is contained
  Pid pid_{0};
  std::string note_;
  int go_fd_ = -1;
  int report_fd_ = -1;
  bool no_new_privs_ = false;
};

/// The debuggers and tracers that cannot run under another tracer: does COMMAND name one?
bool is_tracer_command(const std::string& command);

}  // namespace ttrace
