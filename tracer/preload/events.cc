#include "tracer/preload/events.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/intercept/arg_text.h"
#include "tracer/preload/images.h"
#include "tracer/session/oversize_value.h"

namespace ttrace::preload {
namespace {

// As for the other engine: what is needed to tell call paths apart, however few are shown.
constexpr std::size_t kLeastDepth = 16;
constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kLibraryFrames = 4;  // the library's own, on top

std::string field_text(const char* field, std::size_t size) {
  return {field, strnlen(field, size)};
}

bool is_in_library(const Frame& frame) {
  return std::string_view(frame.module).ends_with(std::string("/").append(kLibraryName));
}

UnwindState state_of(Abi abi, const StackCopy& copy) {
  UnwindState state;
  state.abi = abi;
  state.ip = copy.ip;
  state.count = abi == Abi::kI386 ? 9 : 17;
  std::copy(std::begin(copy.registers), std::end(copy.registers), state.dwarf.begin());
  return state;
}

/// The system call that the C library makes for `record` (glibc, clock_gettime.c, fstatat64.c).
SyscallText syscall_of(const OversizeRecord& record) {
  const std::string buffer = fmt::format("{:#x}", record.buffer);
  if (record.reasons & shim::kReasonTime) {
    return {"clock_gettime64", {clock_name(record.clock), buffer}, 0};
  }
  const std::string directory =
      record.clock == AT_FDCWD ? "AT_FDCWD" : std::to_string(record.clock);
  const std::string path = fmt::format("\"{}\"", field_text(record.path, sizeof record.path));
  return {"statx",
          {directory, path, fmt::format("{:#x}", record.flags | AT_NO_AUTOMOUNT),
           fmt::format("{:#x}", STATX_BASIC_STATS), buffer},
          0};
}

/// What the library copied of a stack, of which a target may say anything.
stacks::WalkMemory memory_of(const StackCopy& copy, std::span<const std::byte> bytes) {
  const auto whole = bytes.first(std::min<std::size_t>(bytes.size(), copy.size));
  stacks::WalkMemory memory(copy.sp, {whole.begin(), whole.end()});
  bytes = bytes.subspan(whole.size());
  for (u32 i = 0; i < std::min(copy.pieces, kMostPieces); ++i) {
    StackPiece piece;
    if (bytes.size() < sizeof piece) break;
    std::memcpy(&piece, bytes.data(), sizeof piece);
    memory.add(piece.address, std::as_bytes(std::span(piece.bytes)));
    bytes = bytes.subspan(sizeof piece);
  }
  return memory;
}

template <typename T>
std::span<const std::byte> after(const std::vector<std::byte>& record) {
  return std::span(record).subspan(sizeof(T));
}

}  // namespace

EventMaker::EventMaker(const RunOptions& options, EventSink& sink, std::string root,
                       std::chrono::nanoseconds start)
    : sink_(sink),
      start_(start),
      depth_(std::max(options.stack_depth, kLeastDepth)),
      processes_(walker_, root),
      connects_(options, sink),
      crashes_(sink, std::move(root)) {}

bool EventMaker::has_to_wait(const std::vector<std::byte>& record) {
  const Record& header = *as<Record>(record);
  const bool has_stack = header.kind == Kind::kOversize || header.kind == Kind::kCut;
  return has_stack && !processes_.of(header).maps_whole && waiting_.size() < kMostWaiting;
}

void EventMaker::on_record(const std::vector<std::byte>& record) {
  if (has_to_wait(record)) {
    waiting_.push_back(record);
  } else {
    dispatch(record);
  }
  if (as<Record>(record)->kind == Kind::kMaps && !waiting_.empty()) on_maps_whole();
}

void EventMaker::on_maps_whole() {
  const auto waited = std::exchange(waiting_, {});
  for (const auto& record : waited) {
    if (has_to_wait(record)) {
      waiting_.push_back(record);
    } else {
      dispatch(record);
    }
  }
}

void EventMaker::dispatch(const std::vector<std::byte>& record) {
  switch (as<Record>(record)->kind) {
    case Kind::kPadding:
      return;
    case Kind::kProgram:
    case Kind::kForked:
      if (const auto* program = as<ProgramRecord>(record)) {
        on_program(*program, as<Record>(record)->kind == Kind::kForked);
      }
      return;
    case Kind::kExecuting:
      if (const auto* exec = as<ExecRecord>(record)) {
        const std::string file = field_text(exec->file, sizeof exec->file);
        processes_.on_executing(*exec, file);
        if (!exec->failed) crashes_.on_executing(exec->process, file, begin_event(exec->record));
      }
      return;
    case Kind::kMaps:
      if (const auto* piece = as<MapsRecord>(record)) {
        processes_.on_maps(*piece, after<MapsRecord>(record));
      }
      return;
    case Kind::kOversize:
      if (const auto* oversize = as<OversizeRecord>(record)) {
        on_oversize(*oversize, after<OversizeRecord>(record));
      }
      return;
    case Kind::kConnect:
      if (const auto* connect = as<ConnectRecord>(record)) {
        on_connect(*connect, after<ConnectRecord>(record));
      }
      return;
    case Kind::kConnectEnd:
      if (const auto* end = as<ConnectEndRecord>(record)) connects_.on_end(*end);
      return;
    case Kind::kCut:
      if (const auto* cut = as<CutRecord>(record)) on_cut(*cut, after<CutRecord>(record));
      return;
    case Kind::kAction:
      if (const auto* action = as<ActionRecord>(record)) {
        crashes_.on_action(*action, begin_event(action->record));
      }
      return;
    case Kind::kSetting:
      if (const auto* setting = as<SettingRecord>(record)) {
        crashes_.on_setting(*setting, begin_event(setting->record));
      }
      return;
    case Kind::kFatal:
      if (const auto* fatal = as<FatalRecord>(record)) on_fatal(*fatal, after<FatalRecord>(record));
      return;
    case Kind::kStep:
      if (const auto* step = as<StepRecord>(record)) {
        crashes_.on_step(*step, begin_event(step->record),
                         function_at(processes_.of(step->record), step->handler));
      }
      return;
    case Kind::kChildEnded:
      if (const auto* end = as<ChildEndedRecord>(record)) {
        on_ended(end->child, end->status, moment(end->record.at) - start_);
      }
      return;
    case Kind::kClockSet:
      if (const auto* set = as<CutRecord>(record)) on_clock_set(*set, after<CutRecord>(record));
      return;
  }
}

Event EventMaker::begin_event(const Record& record) {
  const WatchedProcess& process = processes_.of(record);
  Event event;
  event.at = moment(record.at) - start_;
  event.process = {process.pid, record.tid, process.comm, process.exe,
                   std::string(abi_info(process.abi).name)};
  return event;
}

void EventMaker::on_program(const ProgramRecord& program, bool forked) {
  if (!forked) connects_.on_program(program.record.pid);
  const WatchedProcess& process = processes_.on_program(program, forked);
  if (!forked && process.abi == Abi::kI386) ++programs_32bit_;
  Event event = begin_event(program.record);
  if (forked) {
    event.what = ProcessStarted{program.parent};
  } else {
    event.what = ProcessExeced{};
    crashes_.on_program(program.record.pid);
  }
  sink_.emit(event);
  if (forked) crashes_.on_forked(program.parent, event);
}

Stack EventMaker::stack_of(const WatchedProcess& process, const StackCopy& copy,
                           std::span<const std::byte> bytes) {
  RawStack raw_stack = walker_.walk_copy(Pid{process.pid}, state_of(process.abi, copy),
                                         memory_of(copy, bytes), depth_ + kLibraryFrames);
  Stack stack = walker_.symbolize(Pid{process.pid}, raw_stack);
  const auto own = std::find_if_not(stack.begin(), stack.end(), is_in_library);
  stack.erase(stack.begin(), own);
  if (copy.function == 0) return stack;
  Stack called = walker_.symbolize(Pid{process.pid}, {{RemotePtr{copy.function}, true, {}}});
  stack.insert(stack.begin(), called.begin(), called.end());
  return stack;
}

void EventMaker::on_oversize(const OversizeRecord& record, std::span<const std::byte> stack) {
  Event event = begin_event(record.record);
  OversizeValue value = describe_oversize(record.reasons, record.seconds);
  value.path_id = record.counter;
  value.syscall = syscall_of(record);
  value.stack = stack_of(processes_.of(record.record), record.stack, stack);
  value.api_frame = 0;
  value.api = {field_text(record.function, sizeof record.function), record.result, std::nullopt,
               true};
  if (record.error == EOVERFLOW) value.api.error = "EOVERFLOW";
  event.what = std::move(value);
  paths_.emplace(record.counter, 0);
  sink_.emit(event);
}

void EventMaker::on_cut(const CutRecord& record, std::span<const std::byte> stack) {
  Event event = begin_event(record.record);
  WrappedArgument what;
  what.path_id = record.counter;
  what.is_stamp = record.is_stamp != 0;
  what.seconds = record.seconds;
  what.syscall.name = field_text(record.function, sizeof record.function);
  what.stack = stack_of(processes_.of(record.record), record.stack, stack);
  event.what = std::move(what);
  paths_.emplace(record.counter, 0);
  sink_.emit(event);
}

void EventMaker::on_clock_set(const CutRecord& record, std::span<const std::byte> stack) {
  Event event = begin_event(record.record);
  ClockSet what;
  what.seconds = record.seconds;
  // What the C library makes of all of them (glibc, settimeofday.c, clock_settime.c).
  what.syscall.name = record.record.abi == 32 ? "clock_settime64" : "clock_settime";
  what.stack = stack_of(processes_.of(record.record), record.stack, stack);
  event.what = std::move(what);
  sink_.emit(event);
}

void EventMaker::on_connect(const ConnectRecord& record, std::span<const std::byte> stack) {
  const StackCopy copy = record.stack;
  const int pid = record.record.pid;
  std::vector<std::byte> bytes(stack.begin(), stack.end());
  connects_.on_begin(
      record, begin_event(record.record), [this, pid, copy, bytes = std::move(bytes)] {
        const auto known = processes_.all().find(pid);
        return known == processes_.all().end() ? Stack{} : stack_of(known->second, copy, bytes);
      });
}

void EventMaker::on_fatal(const FatalRecord& record, std::span<const std::byte> stack) {
  const WatchedProcess& process = processes_.of(record.record);
  FatalNames names;
  names.stack = stack_of(process, record.stack, stack);
  std::erase_if(names.stack, is_in_library);
  names.handler = function_at(process, record.handler);
  names.maps = process.maps;
  crashes_.on_fatal(record, begin_event(record.record), std::move(names));
}

std::string EventMaker::function_at(const WatchedProcess& process, std::uint64_t address) {
  const Stack named =
      walker_.symbolize(Pid{process.pid}, {{RemotePtr{address}, true, std::nullopt}});
  if (named.empty()) return fmt::format("{:#x}", address);
  const Frame& frame = named.back();
  if (frame.function) return *frame.function;
  if (frame.module.empty() || !frame.offset) return fmt::format("{:#x}", address);
  return fmt::format("{}+{:#x}", frame.module.substr(frame.module.rfind('/') + 1), *frame.offset);
}

void EventMaker::on_ended(int pid, int status, std::chrono::nanoseconds now) {
  const auto known = processes_.all().find(pid);
  if (known == processes_.all().end()) return;
  const WatchedProcess& process = known->second;
  Event event;
  event.at = now;
  event.process = {pid, pid, process.comm, process.exe, std::string(abi_info(process.abi).name)};
  crashes_.on_ended(std::move(event), status);
}

void EventMaker::finish(const ChannelReader& channel, std::chrono::nanoseconds now, bool killed) {
  for (const auto& record : std::exchange(waiting_, {})) dispatch(record);
  connects_.finish(now, killed);
  crashes_.finish(now);
  for (auto& [counter, told] : paths_) {
    const std::uint64_t times = channel.counter(counter);
    if (times <= told) continue;
    Event event;
    event.at = now;
    event.what = PathRepeated{counter, times - told};
    told = times;
    sink_.emit(event);
  }
}

}  // namespace ttrace::preload
