#include "tracer/recording/late_names.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <type_traits>
#include <variant>

#include "analyzers/event_fields.h"
#include "tracer/stacks/by_build_id.h"

namespace ttrace {
namespace {

// A hostile recording may name any number of files.
constexpr std::size_t kMaxFiles = 1024;

/// Calls `take` for each stack in what has fields, however deep.
template <typename T, typename Take>
void for_each_stack(T& x, const Take& take) {
  if constexpr (std::is_same_v<T, Stack>) {
    take(x);
  } else if constexpr (std::is_same_v<T, std::vector<ThreadStack>>) {
    for (ThreadStack& thread : x) take(thread.stack);
  } else if constexpr (requires { fields([](auto&...) {}, x); }) {
    fields([&](auto&... members) { (for_each_stack(members, take), ...); }, x);
  }
}

std::shared_ptr<stacks::ElfFile> open_if_same(const std::string& path,
                                              const std::string& build_id) {
  // A path of the recording: it is opened as what may be anything.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return nullptr;
  auto file = stacks::ElfFile::from_fd(std::move(fd));
  return file && file->build_id() == build_id ? file : nullptr;
}

}  // namespace

void LateNames::add_to(Event& event) {
  std::visit(
      [this](auto& what) {
        std::optional<std::size_t>* index = nullptr;
        if constexpr (std::is_same_v<std::remove_reference_t<decltype(what)>, OversizeValue>) {
          index = &what.api_frame;
        }
        for_each_stack(what, [&](Stack& stack) { add_to(stack, index); });
      },
      event.what);
}

void LateNames::add_to(Stack& stack, std::optional<std::size_t>* index) {
  const std::size_t marked = index && *index ? **index : stack.size();
  Stack named;
  for (std::size_t i = 0; i < stack.size(); ++i) {
    // All but the innermost are return addresses: the call lies before.
    add_frames(stack[i], i == 0 ? 0 : 1, named);
    if (i == marked) *index = named.size() - 1;
  }
  stack = std::move(named);
}

void LateNames::add_frames(Frame& frame, std::uint64_t after, Stack& named) {
  stacks::DebugInfo* const info = frame.function || !frame.offset ? nullptr : info_for(frame);
  if (info == nullptr) return named.push_back(std::move(frame));
  for (const Frame& known : info->at(*frame.offset - after)) {
    frame.function = known.function;
    frame.function_offset = known.function_offset;
    if (frame.function_offset) *frame.function_offset += after;
    frame.file = known.file;
    frame.line = known.line;
    frame.inlined = known.inlined;
    named.push_back(frame);
  }
}

stacks::DebugInfo* LateNames::info_for(const Frame& frame) {
  if (frame.build_id.empty()) return nullptr;
  const auto known = infos_.find(frame.build_id);
  if (known != infos_.end()) return known->second.get();
  if (infos_.size() >= kMaxFiles) return nullptr;
  auto file = open_if_same(frame.module, frame.build_id);
  if (!file) file = stacks::find_by_build_id(frame.build_id);
  auto& info = infos_[frame.build_id];
  if (file) info = stacks::DebugInfo::open(std::move(file), "");
  return info.get();
}

}  // namespace ttrace
