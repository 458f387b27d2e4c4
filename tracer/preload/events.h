// From the library's records to events: the stacks unwound and named, the C library's function that
// the program called in the place of the library's own.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "tracer/preload/channel_reader.h"
#include "tracer/preload/connects.h"
#include "tracer/preload/crashes.h"
#include "tracer/preload/process_table.h"
#include "tracer/session/event_sink.h"

namespace ttrace::preload {

class EventMaker {
 public:
  /// `root`: a path to the targets' root directory. `start`: of the run, on CLOCK_MONOTONIC.
  EventMaker(const RunOptions& options, EventSink& sink, std::string root,
             std::chrono::nanoseconds start);

  void on_record(const std::vector<std::byte>& record);
  /// Emits what repeated paths have added up to. After the last record; `now`: since the start.
  void finish(const ChannelReader& channel, std::chrono::nanoseconds now, bool killed);
  void on_tick() { connects_.on_tick(); }
  /// A process has ended, with `status` as wait(2) has it.
  void on_ended(int pid, int status, std::chrono::nanoseconds now);

  std::chrono::nanoseconds start() const { return start_; }
  const ProcessTable& processes() const { return processes_; }
  std::uint64_t programs_32bit() const { return programs_32bit_; }

 private:
  bool has_to_wait(const std::vector<std::byte>& record);
  void on_maps_whole();
  void dispatch(const std::vector<std::byte>& record);
  void on_program(const ProgramRecord& program, bool forked);
  void on_oversize(const OversizeRecord& record, std::span<const std::byte> stack);
  void on_cut(const CutRecord& record, std::span<const std::byte> stack);
  void on_connect(const ConnectRecord& record, std::span<const std::byte> stack);
  void on_clock_set(const CutRecord& record, std::span<const std::byte> stack);
  void on_fatal(const FatalRecord& record, std::span<const std::byte> stack);
  std::string function_at(const WatchedProcess& process, std::uint64_t address);
  Event begin_event(const Record& record);
  Stack stack_of(const WatchedProcess& process, const StackCopy& copy,
                 std::span<const std::byte> bytes);

  EventSink& sink_;
  std::chrono::nanoseconds start_;
  std::size_t depth_;
  stacks::Walker walker_;
  ProcessTable processes_;
  ConnectLog connects_;
  CrashLog crashes_;
  std::map<std::uint32_t, std::uint64_t> paths_;  // counters, and what was already told
  std::uint64_t programs_32bit_ = 0;
  // Records with a stack whose process has not told its maps yet: another thread of it is about to.
  std::vector<std::vector<std::byte>> waiting_;
};

}  // namespace ttrace::preload
