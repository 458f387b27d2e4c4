#include "tracer/stacks/walker.h"

#include <algorithm>

#include "tracer/stacks/libc_names.h"

namespace ttrace::stacks {
namespace {

// A Dwfl holds the unwind tables' entries it came across, a DebugInfo all DWARF it had to read.
constexpr std::size_t kMaxUnwinders = 16;
constexpr std::size_t kMaxDebugInfos = 24;

}  // namespace

Walker::Process& Walker::process(Pid pid) {
  Process& found = processes_.try_emplace(raw(pid), pid, files_).first->second;
  found.used = ++uses_;
  return found;
}

Unwinder* Walker::unwinder(Pid pid, Process& process, Abi abi) {
  if (process.unwinder && process.unwinder->fits(abi)) return process.unwinder.get();
  process.unwinder.reset();
  drop_oldest_unwinder();
  process.unwinder = Unwinder::make(process.space, pid, abi);
  return process.unwinder.get();
}

void Walker::drop_oldest_unwinder() {
  std::size_t live = 0;
  Process* oldest = nullptr;
  for (auto& [pid, process] : processes_) {
    if (!process.unwinder) continue;
    ++live;
    if (oldest == nullptr || process.used < oldest->used) oldest = &process;
  }
  if (live >= kMaxUnwinders) oldest->unwinder.reset();
}

RawStack Walker::walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth) {
  RawStack stack;
  if (depth == 0) return stack;
  Process& target = process(pid);
  target.space.reach_by(tid);
  target.space.refresh_if_old();
  do {
    stack.clear();
    Unwinder* frames = unwinder(pid, target, state.abi);
    if (frames == nullptr || frames->walk(tid, WalkMemory(tid), state, depth, stack)) break;
  } while (target.space.refresh_on_doubt());
  if (stack.empty()) stack.push_back({RemotePtr{state.ip}, true, std::nullopt});
  return stack;
}

RawStack Walker::walk_copy(Pid pid, const UnwindState& state, WalkMemory memory,
                           std::size_t depth) {
  RawStack stack;
  Unwinder* frames = depth == 0 ? nullptr : unwinder(pid, process(pid), state.abi);
  if (frames != nullptr) (void)frames->walk(pid, std::move(memory), state, depth, stack);
  return stack;
}

Stack Walker::symbolize(Pid pid, const RawStack& stack) {
  Stack named;
  const auto target = processes_.find(raw(pid));
  for (const RawFrame& frame : stack) {
    if (target != processes_.end()) {
      add_frames(target->second.space, frame, named);
    } else {
      named.emplace_back().ip = raw(frame.ip);
    }
  }
  return named;
}

void Walker::add_frames(AddressSpace& space, const RawFrame& raw_frame, Stack& stack) {
  const std::uint64_t ip = raw(raw_frame.ip);
  const std::uint64_t after = raw_frame.activation ? 0 : 1;
  Frame frame;
  frame.ip = ip;
  const auto place = space.locate_or_past(ip - after);
  if (place) frame.module = place->name;
  if (!place || !place->file) return stack.push_back(std::move(frame));
  frame.build_id = place->file->build_id();
  frame.offset = ip - place->bias;
  DebugInfo* info = debug_info(space.root(), place->file);
  if (info == nullptr) return stack.push_back(std::move(frame));
  for (const Frame& known : info->at(ip - after - place->bias)) {
    frame.function = known.function;
    frame.function_offset = known.function_offset;
    if (frame.function_offset) *frame.function_offset += after;
    frame.file = known.file;
    frame.line = known.line;
    frame.inlined = known.inlined;
    stack.push_back(frame);
  }
}

DebugInfo* Walker::debug_info(const std::string& root, const std::shared_ptr<ElfFile>& file) {
  const auto known = std::find_if(debug_infos_.begin(), debug_infos_.end(),
                                  [&](const auto& entry) { return entry.first == file; });
  if (known != debug_infos_.end()) {
    debug_infos_.splice(debug_infos_.begin(), debug_infos_, known);
  } else {
    debug_infos_.emplace_front(file, DebugInfo::open(file, root));
    if (debug_infos_.size() > kMaxDebugInfos) debug_infos_.pop_back();
  }
  return debug_infos_.front().second.get();
}

void Walker::maps_changed(Pid pid) {
  const auto known = processes_.find(raw(pid));
  if (known != processes_.end()) known->second.space.invalidate();
}

bool Walker::is_libc(Pid pid, RemotePtr ip) {
  AddressSpace& space = process(pid).space;
  space.refresh_if_old();
  auto place = space.locate(raw(ip));
  if (!place && space.refresh_on_doubt()) place = space.locate(raw(ip));
  if (!place || !place->name.starts_with('/')) return false;
  return names_libc(place->name) || (place->file && names_libc(place->file->soname()));
}

}  // namespace ttrace::stacks
