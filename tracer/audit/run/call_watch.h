// Which functions of a root's C library a run called, whether they failed or not: the kernel notes
// it (uprobes that run a program of bpf(2)), at a microsecond a call. Where the machine has none of
// this, nothing is noted and nothing claimed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracer/audit/run/bpf.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {

class CallWatch {
 public:
  /// One for all functions, since Linux 6.6; one for each, since 5.15; or the kernel has, or
  /// allows, neither.
  enum class Link { kAll, kEach, kNone };
  /// The best that can be had here; of kNone errno(3) says why.
  static Link possible();

  /// Watches from now on the calls of `functions`, of every C library of `root`, by processes of
  /// `groups` control groups at most, each a child of this process's own, and those below them. To
  /// be asked by this process and by those that it forks. `link`: the best to be tried.
  CallWatch(const std::string& root, const std::vector<std::string>& functions, std::size_t groups,
            Link link = Link::kAll);

  bool is_on() const { return !links_.empty(); }

  /// The functions that the control group with this id (its inode) called since it was asked last,
  /// or since the start; each once.
  std::vector<std::string> called(std::uint64_t group) const;

 private:
  void watch(const std::string& library, const bpf::Code& code, Link link);

  std::vector<std::string> functions_;
  UniqueFd calls_;  // the kernel's table of what was called, and by which group
  std::vector<UniqueFd> links_;
};

}  // namespace ttrace::audit
