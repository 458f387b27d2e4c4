#include "tracer/preload/process_table.h"

#include <cstring>
#include <span>

namespace ttrace::preload {
namespace {

constexpr std::size_t kMostMaps = 16u << 20;  // bytes of one process's maps

template <std::size_t kSize>
std::string text_of(const char (&field)[kSize]) {
  return {field, strnlen(field, kSize)};
}

}  // namespace

WatchedProcess& ProcessTable::of(const Record& record) {
  WatchedProcess& process = processes_[record.pid];
  process.pid = record.pid;
  process.abi = record.abi == 32 ? Abi::kI386 : Abi::kX86_64;
  return process;
}

WatchedProcess& ProcessTable::on_program(const ProgramRecord& program, bool forked) {
  WatchedProcess& process = of(program.record);
  process.comm = text_of(program.comm);
  process.exe = text_of(program.exe);
  process.maps_whole = false;
  if (!forked) executing_.erase(process.pid);
  if (!forked) walker_.forget(Pid{process.pid});
  return process;
}

// The parent tells of what it spawned, which may have told of itself by then.
void ProcessTable::on_executing(const ExecRecord& exec, const std::string& file) {
  const bool spawned = exec.process != exec.record.pid;
  if (exec.failed) {
    executing_.erase(exec.process);
  } else if (!spawned || !processes_.contains(exec.process)) {
    executing_[exec.process] = file;
  }
}

void ProcessTable::on_maps(const MapsRecord& piece, std::span<const std::byte> text) {
  WatchedProcess& process = of(piece.record);
  if (piece.offset == 0) {
    process.maps.clear();
    process.maps_serial = piece.serial;
  }
  const bool follows = piece.serial == process.maps_serial && piece.offset == process.maps.size();
  if (!follows || process.maps.size() > kMostMaps) return;  // a piece was lost, or mixed up
  if (piece.size == 0) {
    walker_.tell_maps(Pid{process.pid}, process.maps, root_);
    process.maps_whole = true;
    return;
  }
  if (piece.size > text.size()) return;
  process.maps.append(reinterpret_cast<const char*>(text.data()), piece.size);
}

}  // namespace ttrace::preload
