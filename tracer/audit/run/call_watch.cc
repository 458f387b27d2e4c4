#include "tracer/audit/run/call_watch.h"

#include <optional>

#include "tracer/audit/run/c_library.h"

namespace ttrace::audit {
namespace {

struct Key {
  std::uint64_t group, function;
};

// Where they lie in the program's stack.
constexpr std::int16_t kKey = -16, kFunction = -8, kValue = -24;
constexpr int kMostLevels = 64;

/// How deep in the tree of control groups a child of this process's group lies. Inside a container
/// no path tells that (cgroup_namespaces(7)).
std::optional<std::uint32_t> level_of_child() {
  bpf::Code code;
  code.set(BPF_REG_6, 0)
      .move(BPF_REG_1, BPF_REG_6)
      .call(BPF_FUNC_get_current_ancestor_cgroup_id)
      .skip_if_zero(BPF_REG_0, 2)
      .add(BPF_REG_6, 1)
      .skip_if_below(BPF_REG_6, kMostLevels, -5)
      .move(BPF_REG_0, BPF_REG_6)
      .leave();
  const UniqueFd program = bpf::load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, code);
  return program ? bpf::run_here(program.get()) : std::nullopt;
}

/// Notes in the map the group at `level` that the calling process is in or below, and the function.
bpf::Code noting_code(std::uint32_t level, int map) {
  bpf::Code code;
  code.move(BPF_REG_6, BPF_REG_1)
      .set(BPF_REG_1, static_cast<std::int32_t>(level))
      .call(BPF_FUNC_get_current_ancestor_cgroup_id)
      .store(kKey, BPF_REG_0)
      .move(BPF_REG_1, BPF_REG_6)
      .call(BPF_FUNC_get_attach_cookie)
      .store(kFunction, BPF_REG_0)
      .address_of_map(BPF_REG_1, map)
      .address_of_stack(BPF_REG_2, kKey)
      .call(BPF_FUNC_map_lookup_elem)
      .skip_unless_zero(BPF_REG_0, 9)
      .store(kValue, BPF_REG_0)
      .address_of_map(BPF_REG_1, map)
      .address_of_stack(BPF_REG_2, kKey)
      .address_of_stack(BPF_REG_3, kValue)
      .set(BPF_REG_4, BPF_ANY)
      .call(BPF_FUNC_map_update_elem)
      .set(BPF_REG_0, 0)
      .leave();
  return code;
}

}  // namespace

CallWatch::Link CallWatch::possible() {
  bpf::Code code;
  code.set(BPF_REG_0, 0).leave();
  const UniqueFd all = bpf::load(BPF_PROG_TYPE_KPROBE, bpf::kUprobeMulti, code);
  if (all && bpf::has_watch_all(all.get())) return Link::kAll;
  const UniqueFd one = bpf::load(BPF_PROG_TYPE_KPROBE, 0, code);
  return one && bpf::has_watch_one(one.get()) ? Link::kEach : Link::kNone;
}

CallWatch::CallWatch(const std::string& root, const std::vector<std::string>& functions,
                     std::size_t groups, Link link)
    : functions_(functions) {
  // Of the machine's own library: it would cost every process a trap.
  if (root == "/" || functions.empty()) return;
  const auto level = level_of_child();
  if (!level) return;
  // Other groups' calls are noted too, and so are those of groups that have gone.
  const std::size_t entries = 4096 + 2 * groups * functions.size();
  calls_ = bpf::recent_keys(sizeof(Key), sizeof(std::uint64_t), entries);
  if (!calls_) return;
  const bpf::Code code = noting_code(*level, calls_.get());
  for (const std::string& library : c_libraries(root)) watch(library, code, link);
}

void CallWatch::watch(const std::string& library, const bpf::Code& code, Link link) {
  bpf::Places places;
  for (const auto& [function, offset] : function_places(library, functions_)) {
    places.offsets.push_back(offset);
    places.cookies.push_back(function);
  }
  if (link == Link::kAll) {
    const UniqueFd program = bpf::load(BPF_PROG_TYPE_KPROBE, bpf::kUprobeMulti, code);
    UniqueFd all = bpf::watch_all(program.get(), library, places);
    if (all) return links_.push_back(std::move(all));
  }
  const UniqueFd program = bpf::load(BPF_PROG_TYPE_KPROBE, 0, code);
  for (std::size_t i = 0; i < places.offsets.size(); ++i) {
    UniqueFd one = bpf::watch_one(program.get(), library, places.offsets[i], places.cookies[i]);
    if (one) links_.push_back(std::move(one));
  }
}

std::vector<std::string> CallWatch::called(std::uint64_t group) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < functions_.size() && is_on(); ++i) {
    const Key key{group, i};
    if (bpf::take(calls_.get(), &key)) names.push_back(functions_[i]);
  }
  return names;
}

}  // namespace ttrace::audit
