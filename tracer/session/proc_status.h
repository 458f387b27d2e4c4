// What /proc/TID/status tells of a thread's signals, ids and place in the pid namespaces: proc(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/types.h"

namespace ttrace {

struct ProcStatus {
  std::uint64_t blocked = 0, ignored = 0, caught = 0;  // bit N-1: signal N
  std::string uids, gids;                              // real, effective, saved, file system
  int uid = 0, gid = 0;                                // effective
  int real_uid = 0, real_gid = 0;
  int fs_uid = 0, fs_gid = 0;  // what counts for files
  std::vector<unsigned> groups;
  int parent = 0;
  int inner_tid = 0;                // as in its own pid namespace
  int inner_tgid = 0;               // the process's
  std::vector<unsigned> all_tgids;  // in each pid namespace, from ours to its own
};

constexpr bool has_signal(std::uint64_t mask, int signal) {
  return signal > 0 && signal <= 64 && (mask >> (signal - 1) & 1) != 0;
}

/// nullopt: the thread is gone.
std::optional<ProcStatus> read_status(Pid tid);

}  // namespace ttrace
