#include "tracer/shim/call_paths.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "tracer/engine/remote_memory.h"
#include "tracer/shim/matchers.h"

namespace ttrace {
namespace {

// The shim reads these words at every later call: they must lie on the part of the stack that is
// there in any thread that gets as far as the first ones.
constexpr std::uint64_t kHighestOffset = 4096;

RemotePtr entry_at(const Process& process, std::size_t index) {
  return process.space->shim_data + offsetof(shim::Data, paths) + index * sizeof(shim::CallPath);
}

shim::CallPath make_recipe(const RawStack& stack, RemotePtr sp, std::uint32_t reasons) {
  shim::CallPath path{};
  path.reasons = reasons;
  path.words[path.word_count++] = {0, static_cast<std::uint32_t>(raw(stack[0].ip))};
  for (std::size_t i = 0; i + 1 < stack.size() && path.word_count < shim::kPathWords; ++i) {
    if (!stack[i].return_slot) break;
    const std::uint64_t offset = raw(*stack[i].return_slot) - raw(sp);
    if (offset > kHighestOffset || offset <= path.words[path.word_count - 1].offset) break;
    path.words[path.word_count++] = {static_cast<std::uint32_t>(offset),
                                     static_cast<std::uint32_t>(raw(stack[i + 1].ip))};
  }
  return path;
}

bool same_words(const shim::CallPath& a, const shim::CallPath& b) {
  return a.word_count == b.word_count && std::memcmp(a.words, b.words, sizeof a.words) == 0;
}

}  // namespace

CallPaths::Learned CallPaths::learn(Process& process, const RawStack& stack, RemotePtr sp_at_entry,
                                    std::uint32_t reasons) {
  auto& paths = process.space->paths;
  shim::CallPath recipe = make_recipe(stack, sp_at_entry, reasons);
  auto known = std::find_if(paths.begin(), paths.end(), [&](const LearnedPath& path) {
    return same_words(path.recipe, recipe);
  });
  if (known == paths.end()) {
    if (paths.size() >= shim::kPathCount) return {next_id_++, true};
    known = paths.insert(paths.end(), {next_id_++, recipe, 0, false});
  }
  const bool is_new = known->recipe.reasons != (known->recipe.reasons | reasons) || !known->told;
  known->told = true;
  known->recipe.reasons |= reasons;
  if (raw(process.space->shim_data) == 0) return {known->path_id, is_new};
  const auto index = static_cast<std::size_t>(known - paths.begin());
  // All but the counter, which is the shim's.
  write_matcher(process, *known, index);
  recipe = known->recipe;
  const RemotePtr entry = entry_at(process, index);
  (void)write_memory(process.pid, entry + offsetof(shim::CallPath, words), recipe.words,
                     sizeof recipe.words);
  (void)write_object(process.pid, entry + offsetof(shim::CallPath, matcher), recipe.matcher);
  (void)write_memory(process.pid, entry, &recipe, offsetof(shim::CallPath, times));
  const auto count = static_cast<std::uint32_t>(paths.size());
  (void)write_object(process.pid, process.space->shim_data + offsetof(shim::Data, path_count),
                     count);
  return {known->path_id, is_new};
}

std::uint64_t CallPaths::collect(
    Process& process, const std::function<void(std::uint64_t, std::uint64_t)>& repeated) {
  auto& space = *process.space;
  if (space.paths.empty() || raw(space.shim_data) == 0) return 0;
  for (std::size_t i = 0; i < space.paths.size(); ++i) {
    const auto times = read_object<std::uint32_t>(
        process.pid, entry_at(process, i) + offsetof(shim::CallPath, times));
    if (!times) return 0;
    LearnedPath& path = space.paths[i];
    if (*times != path.counted) repeated(path.path_id, *times - path.counted);
    path.counted = *times;
  }
  const auto overflowed =
      read_object<std::uint32_t>(process.pid, space.shim_data + offsetof(shim::Data, overflowed));
  if (!overflowed) return 0;
  const std::uint32_t lost = *overflowed - space.overflowed;
  space.overflowed = *overflowed;
  return lost;
}

void CallPaths::count_locked(Process& process) {
  AddressSpace& space = *process.space;
  if (space.threaded || raw(space.shim_data) == 0) return;
  space.threaded = true;
  if (process.abi != Abi::kI386) return;  // it counts nothing
  constexpr std::uint32_t kYes = 1;
  (void)write_object(process.pid, space.shim_data + offsetof(shim::Data, threaded), kYes);
  for (std::size_t i = 0; i < space.paths.size(); ++i) write_matcher(process, space.paths[i], i);
}

void CallPaths::rebase(Process& child) {
  (void)collect(child, [](std::uint64_t, std::uint64_t) {});
}

}  // namespace ttrace
