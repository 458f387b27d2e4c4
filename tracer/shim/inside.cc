#include "tracer/shim/inside.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "tracer/engine/ptrace.h"
#include "tracer/stacks/sigreturn.h"

namespace ttrace {
namespace {

constexpr std::size_t kScanned = 65536;
constexpr std::size_t kNear = 512;  // how far up the stack code in `ranges` has its own frames

class Stack {
 public:
  Stack(Pid pid, const Registers& regs)
      : abi_(abi_info(abi_of(regs))), sp_(regs.rsp), memory_(pid) {
    bool denied = false;
    bytes_ = stacks::read_remote(pid, sp_, kScanned, denied);
  }

  /// Does any of the words in the first `size` bytes lead into `ranges`?
  bool leads(const std::vector<Range>& ranges, std::size_t size) const {
    for (std::size_t at = 0; at + abi_.word_size <= std::min(size, bytes_.size());
         at += abi_.word_size) {
      if (is_in(ranges, word(at))) return true;
    }
    return false;
  }

  /// The same for the place where a signal came, in a frame that the kernel made for its handler.
  bool interrupts(const std::vector<Range>& ranges) {
    for (std::size_t at = 0; at + abi_.word_size <= bytes_.size(); at += abi_.word_size) {
      const auto state =
          stacks::interrupted_state(abi_, word(at), sp_ + at + abi_.word_size, memory_);
      if (state && is_in(ranges, state->ip)) return true;
    }
    return false;
  }

  static bool is_in(const std::vector<Range>& ranges, std::uint64_t address) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [address](const Range& range) { return range.contains(address); });
  }

 private:
  std::uint64_t word(std::size_t at) const {
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes_[at], abi_.word_size);
    return value;
  }

  const AbiInfo& abi_;
  std::uint64_t sp_;
  stacks::WalkMemory memory_;
  std::vector<std::byte> bytes_;
};

// What a return address once was may still lie anywhere on a stack: so it counts only where it can
// be one now.
bool is_inside(Pid pid, const HaltedThread& thread, const std::vector<Range>& ranges,
               const Range& vdso) {
  const auto regs = get_regs(thread.tid);
  if (!regs) return false;  // asleep in the kernel, or gone: it came there from elsewhere
  if (Stack::is_in(ranges, regs->rip)) return true;
  Stack stack(pid, *regs);
  if (!stack.leads(ranges, kScanned)) return false;
  if (vdso.contains(regs->rip) && stack.leads(ranges, kNear)) return true;
  std::vector<Range> places = ranges;
  places.push_back(vdso);
  return stack.interrupts(places);
}

}  // namespace

bool any_inside(Pid pid, const Halted& threads, const std::vector<Range>& ranges,
                const Range& vdso) {
  return std::any_of(threads.begin(), threads.end(), [&](const HaltedThread& thread) {
    return is_inside(pid, thread, ranges, vdso);
  });
}

}  // namespace ttrace
