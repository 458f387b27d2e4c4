// In the layer of --root a file or directory that was copied up keeps its old ctime for the target
// (shim/stat_layouts.h). One whose inode the target changes itself must not: it is marked here.
#pragma once

#include <map>
#include <utility>

#include "preload/shim/protocol.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

struct InodeChange;

class InodeChanges : public Interceptor {
 public:
  explicit InodeChanges(const shim::FileSystems& files) : files_(files) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  const shim::FileSystems& files_;
  std::map<std::pair<Abi, SyscallNr>, const InodeChange*> changes_;
};

}  // namespace ttrace
