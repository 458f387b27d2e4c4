// A control group for --init: an init wants a tree of them to manage, and must not touch the
// machine's. It is one below ttrace's own, which the init sees as the root of all (cgroup
// namespaces(7)), and which is removed when the run is over.
#pragma once

#include <cstdint>
#include <string>

#include "tracer/base/unique_fd.h"

namespace ttrace {

class InitCgroup {
 public:
  /// Makes it; where the machine has no cgroup2, or gives none, there is none.
  InitCgroup();
  /// Ends what is still in it, and removes it with all that was made below.
  ~InitCgroup();
  InitCgroup(const InitCgroup&) = delete;
  InitCgroup& operator=(const InitCgroup&) = delete;

  /// Moves the calling process into it; false: there is none, or it was refused.
  bool enter() const;
  /// As bpf_get_current_ancestor_cgroup_id() names it; 0: there is none.
  std::uint64_t id() const;

 private:
  UniqueFd tree_;     // the whole hierarchy, mounted nowhere
  UniqueFd own_;      // locked for as long as ttrace lives
  std::string path_;  // of ours, by way of tree_
};

}  // namespace ttrace
