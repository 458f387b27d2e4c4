#include "tracer/preload/descendants.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace ttrace::preload {
namespace {

// /proc/PID/task/TID/children: proc(5), CONFIG_PROC_CHILDREN.
void add_children(pid_t of, std::vector<Pid>& to) {
  std::error_code error;
  const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", of), error);
  if (error) return;
  for (const auto& task : tasks) {
    std::ifstream children(task.path() / "children");
    for (pid_t child; children >> child;) to.push_back(Pid{child});
  }
}

}  // namespace

std::vector<Pid> descendants() {
  std::vector<Pid> found;
  add_children(getpid(), found);
  for (std::size_t i = 0; i < found.size(); ++i) add_children(raw(found[i]), found);
  return found;
}

void adopt_orphans() { (void)prctl(PR_SET_CHILD_SUBREAPER, 1); }

}  // namespace ttrace::preload
