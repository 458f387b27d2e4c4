// What stands behind StackWalker, and unwinds the stacks that targets copied themselves: modules,
// their unwind tables and symbols, remembered per address space and per file.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tracer/stacks/address_space.h"
#include "tracer/stacks/debug_info.h"
#include "tracer/stacks/stack_walker.h"
#include "tracer/stacks/unwinder.h"

namespace ttrace::stacks {

class Walker {
 public:
  RawStack walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth);
  /// The same from a copy of the stack that the process made itself. It must have told its maps.
  RawStack walk_copy(Pid pid, const UnwindState& state, WalkMemory memory, std::size_t depth);
  /// What `pid` says is mapped in it, as /proc/PID/maps has it; `root` is a path to where the names
  /// begin. From now on nothing else is asked about this process.
  void tell_maps(Pid pid, std::string_view maps, const std::string& root) {
    process(pid).space.fix(maps, root);
  }
  Stack symbolize(Pid pid, const RawStack& stack);
  void forget(Pid pid) { processes_.erase(raw(pid)); }
  void maps_changed(Pid pid);
  bool is_libc(Pid pid, RemotePtr ip);

 private:
  struct Process {
    Process(Pid pid, FileCache& files) : space(pid, files) {}
    AddressSpace space;
    std::unique_ptr<Unwinder> unwinder;
    std::uint64_t used = 0;
  };
  Process& process(Pid pid);
  Unwinder* unwinder(Pid pid, Process& process, Abi abi);
  void drop_oldest_unwinder();
  DebugInfo* debug_info(const std::string& root, const std::shared_ptr<ElfFile>& file);
  void add_frames(AddressSpace& space, const RawFrame& raw_frame, Stack& stack);

  FileCache files_;
  std::unordered_map<pid_t, Process> processes_;
  std::uint64_t uses_ = 0;
  using NamedFile = std::pair<std::shared_ptr<ElfFile>, std::unique_ptr<DebugInfo>>;
  std::list<NamedFile> debug_infos_;  // last used first
};

}  // namespace ttrace::stacks
