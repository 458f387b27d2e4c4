// What is known of the processes that the library reports from.
#pragma once

#include <map>
#include <span>
#include <string>

#include "analyzers/event.h"
#include "preload/library/channel.h"
#include "tracer/abi/abi.h"
#include "tracer/stacks/walker.h"

namespace ttrace::preload {

struct WatchedProcess {
  int pid = 0;
  Abi abi = Abi::kX86_64;
  std::string comm;
  std::string exe;
  std::uint32_t maps_serial = 0;
  std::string maps;         // as far as they have come in
  bool maps_whole = false;  // and told to the walker
};

class ProcessTable {
 public:
  /// `root`: a path to the targets' root directory.
  ProcessTable(stacks::Walker& walker, std::string root)
      : walker_(walker), root_(std::move(root)) {}

  /// The process of a record, made if it is not known.
  WatchedProcess& of(const Record& record);
  WatchedProcess& on_program(const ProgramRecord& program, bool forked);
  void on_executing(const ExecRecord& exec, const std::string& file);
  void on_maps(const MapsRecord& piece, std::span<const std::byte> text);

  /// The programs that were executed and never told of themselves; by process.
  const std::map<int, std::string>& unwatched() const { return executing_; }
  const std::map<int, WatchedProcess>& all() const { return processes_; }

 private:
  stacks::Walker& walker_;
  std::string root_;
  std::map<int, WatchedProcess> processes_;
  std::map<int, std::string> executing_;  // and did not yet say so itself
};

}  // namespace ttrace::preload
