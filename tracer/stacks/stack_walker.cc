#include "tracer/stacks/stack_walker.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <unordered_map>

#include "tracer/stacks/address_space.h"
#include "tracer/stacks/debug_info.h"
#include "tracer/stacks/libc_names.h"
#include "tracer/stacks/unwinder.h"
#include "tracer/stacks/walk_memory.h"

namespace ttrace {
namespace {

// A Dwfl holds the unwind tables' entries it came across, a DebugInfo all DWARF it had to read.
constexpr std::size_t kMaxUnwinders = 16;
constexpr std::size_t kMaxDebugInfos = 24;

}  // namespace

class StackWalker::Impl {
 public:
  RawStack walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth);
  RawStack walk_copy(Pid pid, const UnwindState& state, stacks::WalkMemory memory,
                     std::size_t depth);
  void tell_maps(Pid pid, std::string_view maps, const std::string& root) {
    process(pid).space.fix(maps, root);
  }
  Stack symbolize(Pid pid, const RawStack& stack);
  void forget(Pid pid) { processes_.erase(raw(pid)); }
  void maps_changed(Pid pid);
  bool is_libc(Pid pid, RemotePtr ip);

 private:
  struct Process {
    Process(Pid pid, stacks::FileCache& files) : space(pid, files) {}
    stacks::AddressSpace space;
    std::unique_ptr<stacks::Unwinder> unwinder;
    std::uint64_t used = 0;
  };
  Process& process(Pid pid);
  stacks::Unwinder* unwinder(Pid pid, Process& process, Abi abi);
  void drop_oldest_unwinder();
  stacks::DebugInfo* debug_info(const std::string& root,
                                const std::shared_ptr<stacks::ElfFile>& file);
  void add_frames(stacks::AddressSpace& space, const RawFrame& raw_frame, Stack& stack);

  stacks::FileCache files_;
  std::unordered_map<pid_t, Process> processes_;
  std::uint64_t uses_ = 0;
  using NamedFile = std::pair<std::shared_ptr<stacks::ElfFile>, std::unique_ptr<stacks::DebugInfo>>;
  std::list<NamedFile> debug_infos_;  // last used first
};

StackWalker::Impl::Process& StackWalker::Impl::process(Pid pid) {
  Process& found = processes_.try_emplace(raw(pid), pid, files_).first->second;
  found.used = ++uses_;
  return found;
}

stacks::Unwinder* StackWalker::Impl::unwinder(Pid pid, Process& process, Abi abi) {
  if (process.unwinder && process.unwinder->fits(abi)) return process.unwinder.get();
  process.unwinder.reset();
  drop_oldest_unwinder();
  process.unwinder = stacks::Unwinder::make(process.space, pid, abi);
  return process.unwinder.get();
}

void StackWalker::Impl::drop_oldest_unwinder() {
  std::size_t live = 0;
  Process* oldest = nullptr;
  for (auto& [pid, process] : processes_) {
    if (!process.unwinder) continue;
    ++live;
    if (oldest == nullptr || process.used < oldest->used) oldest = &process;
  }
  if (live >= kMaxUnwinders) oldest->unwinder.reset();
}

RawStack StackWalker::Impl::walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth) {
  RawStack stack;
  if (depth == 0) return stack;
  Process& target = process(pid);
  target.space.reach_by(tid);
  target.space.refresh_if_old();
  do {
    stack.clear();
    stacks::Unwinder* frames = unwinder(pid, target, state.abi);
    if (frames == nullptr || frames->walk(tid, stacks::WalkMemory(tid), state, depth, stack)) break;
  } while (target.space.refresh_on_doubt());
  if (stack.empty()) stack.push_back({RemotePtr{state.ip}, true, std::nullopt});
  return stack;
}

RawStack StackWalker::Impl::walk_copy(Pid pid, const UnwindState& state, stacks::WalkMemory memory,
                                      std::size_t depth) {
  RawStack stack;
  stacks::Unwinder* frames = depth == 0 ? nullptr : unwinder(pid, process(pid), state.abi);
  if (frames != nullptr) (void)frames->walk(pid, std::move(memory), state, depth, stack);
  return stack;
}

Stack StackWalker::Impl::symbolize(Pid pid, const RawStack& stack) {
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

void StackWalker::Impl::add_frames(stacks::AddressSpace& space, const RawFrame& raw_frame,
                                   Stack& stack) {
  const std::uint64_t ip = raw(raw_frame.ip);
  const std::uint64_t after = raw_frame.activation ? 0 : 1;
  Frame frame;
  frame.ip = ip;
  const auto place = space.locate_or_past(ip - after);
  if (place) frame.module = place->name;
  if (!place || !place->file) return stack.push_back(std::move(frame));
  frame.build_id = place->file->build_id();
  frame.offset = ip - place->bias;
  stacks::DebugInfo* info = debug_info(space.root(), place->file);
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

stacks::DebugInfo* StackWalker::Impl::debug_info(const std::string& root,
                                                 const std::shared_ptr<stacks::ElfFile>& file) {
  const auto known = std::find_if(debug_infos_.begin(), debug_infos_.end(),
                                  [&](const auto& entry) { return entry.first == file; });
  if (known != debug_infos_.end()) {
    debug_infos_.splice(debug_infos_.begin(), debug_infos_, known);
  } else {
    debug_infos_.emplace_front(file, stacks::DebugInfo::open(file, root));
    if (debug_infos_.size() > kMaxDebugInfos) debug_infos_.pop_back();
  }
  return debug_infos_.front().second.get();
}

void StackWalker::Impl::maps_changed(Pid pid) {
  const auto known = processes_.find(raw(pid));
  if (known != processes_.end()) known->second.space.invalidate();
}

bool StackWalker::Impl::is_libc(Pid pid, RemotePtr ip) {
  stacks::AddressSpace& space = process(pid).space;
  space.refresh_if_old();
  auto place = space.locate(raw(ip));
  if (!place && space.refresh_on_doubt()) place = space.locate(raw(ip));
  if (!place || !place->name.starts_with('/')) return false;
  return stacks::names_libc(place->name) ||
         (place->file && stacks::names_libc(place->file->soname()));
}

StackWalker::StackWalker() : impl_(std::make_unique<Impl>()) {}
StackWalker::~StackWalker() = default;

RawStack StackWalker::walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth) {
  return impl_->walk(pid, tid, state, depth);
}
RawStack StackWalker::walk_copy(Pid pid, const UnwindState& state, std::uint64_t address,
                                std::vector<std::byte> copy, std::size_t depth) {
  return impl_->walk_copy(pid, state, stacks::WalkMemory(address, std::move(copy)), depth);
}
void StackWalker::tell_maps(Pid pid, std::string_view maps, const std::string& root) {
  impl_->tell_maps(pid, maps, root);
}
Stack StackWalker::symbolize(Pid pid, const RawStack& stack) {
  return impl_->symbolize(pid, stack);
}
void StackWalker::forget(Pid pid) { impl_->forget(pid); }
void StackWalker::maps_changed(Pid pid) { impl_->maps_changed(pid); }
bool StackWalker::is_libc(Pid pid, RemotePtr ip) { return impl_->is_libc(pid, ip); }

}  // namespace ttrace
