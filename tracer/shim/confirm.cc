#include "tracer/shim/confirm.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/base/narrow.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

// Intel SDM vol. 3, 18.2: DR7 enables breakpoint i locally by bit 2i; with R/W and LEN zero it
// breaks on execution.
constexpr std::uint64_t enable_bit(std::size_t i) { return std::uint64_t{1} << (2 * i); }

// errno is one of the words around the thread pointer: below it in glibc (TLS variant II), above
// it in musl (struct pthread). It is found by watching which word becomes EOVERFLOW.
constexpr std::uint64_t kBelow = 4096;
constexpr std::uint64_t kAbove = 256;

// Thread-local storage may start its mapping, so what lies a page further down may not be there: it
// reads as zeros.
std::vector<std::uint8_t> read_around_thread_pointer(const Tracee& tracee, const Registers& regs) {
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t pointer = thread_pointer(tracee.tid, regs);
  if (pointer < kBelow) return {};
  std::vector<std::uint8_t> words(kBelow + kAbove);
  const std::uint64_t begin = pointer - kBelow;
  bool any = false;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t size = at_most(words.size() - at, kPage - (begin + at) % kPage);
    if (read_memory(tracee.process->pid, RemotePtr{begin + at}, &words[at], size)) any = true;
    at += size;
  }
  if (!any) words.clear();
  return words;
}

std::int32_t word_at(const std::vector<std::uint8_t>& words, std::size_t offset) {
  std::int32_t value = 0;
  if (offset + sizeof value <= words.size()) std::memcpy(&value, &words[offset], sizeof value);
  return value;
}

/// Is errno EOVERFLOW now? It is if a word was made so since `before`, or, where errno's place is
/// not known, if one was so all the time (an earlier call failed the same way). nullopt: cannot
/// say.
std::optional<bool> failed_with_overflow(AddressSpace& space,
                                         const std::vector<std::uint8_t>& before,
                                         const std::vector<std::uint8_t>& after) {
  if (before.size() != after.size() || after.empty()) return std::nullopt;
  std::vector<std::size_t> became;
  bool stayed = false;
  for (std::size_t at = 0; at + 4 <= after.size(); at += 4) {
    if (word_at(after, at) != EOVERFLOW) continue;
    if (word_at(before, at) == EOVERFLOW) {
      stayed = true;
    } else {
      became.push_back(at);
    }
  }
  if (became.size() == 1) {
    space.errno_offset = static_cast<std::int64_t>(became[0]) - static_cast<std::int64_t>(kBelow);
  }
  if (!became.empty()) return true;
  if (!space.errno_offset) return stayed ? std::optional(true) : std::nullopt;
  return word_at(after, static_cast<std::size_t>(*space.errno_offset +
                                                 static_cast<std::int64_t>(kBelow))) == EOVERFLOW;
}

}  // namespace

void ReturnWatcher::watch(Tracee& tracee, Event event, const RawStack& stack, std::size_t first,
                          std::size_t last) {
  if (!breakpoints_) return emit_(event);
  const auto regs = get_regs(tracee.tid);
  auto awaited = std::make_unique<AwaitedReturn>();
  awaited->event = std::move(event);
  if (regs) awaited->errno_before = read_around_thread_pointer(tracee, *regs);
  tracee.awaited.push_back(std::move(awaited));
  const std::size_t index = tracee.awaited.size() - 1;
  const unsigned word = abi_info(tracee.process->abi).word_size;
  for (std::size_t i = first; i < last && i + 1 < stack.size(); ++i) {
    if (!stack[i].return_slot) continue;
    if (arm(tracee, stack[i + 1].ip, *stack[i].return_slot + word, i)) {
      ++tracee.awaited[index]->probes;
    }
  }
  if (tracee.awaited[index]->probes == 0) finish(tracee, index);
}

bool ReturnWatcher::arm(Tracee& tracee, RemotePtr address, RemotePtr sp, std::size_t frame) {
  const auto free = std::find_if(tracee.probes.begin(), tracee.probes.end(),
                                 [](const ReturnProbe& probe) { return raw(probe.address) == 0; });
  if (free == tracee.probes.end()) return false;
  const auto slot = static_cast<std::size_t>(free - tracee.probes.begin());
  std::uint64_t control = enable_bit(slot);
  for (std::size_t i = 0; i < tracee.probes.size(); ++i) {
    if (raw(tracee.probes[i].address) != 0) control |= enable_bit(i);
  }
  if (!set_debug_register(tracee.tid, slot, raw(address))) return false;
  if (!set_debug_register(tracee.tid, 7, control)) return false;
  *free = {address, sp, tracee.awaited.back().get(), frame};
  return true;
}

void ReturnWatcher::disarm(Tracee& tracee, const AwaitedReturn* awaited) {
  std::uint64_t control = 0;
  for (std::size_t i = 0; i < tracee.probes.size(); ++i) {
    if (tracee.probes[i].awaited == awaited) tracee.probes[i] = {};
    if (raw(tracee.probes[i].address) != 0) control |= enable_bit(i);
  }
  (void)set_debug_register(tracee.tid, 7, control);
}

void ReturnWatcher::finish(Tracee& tracee, std::size_t index) {
  const std::unique_ptr<AwaitedReturn> awaited = std::move(tracee.awaited[index]);
  tracee.awaited.erase(tracee.awaited.begin() + static_cast<std::ptrdiff_t>(index));
  disarm(tracee, awaited.get());
  emit_(awaited->event);
}

bool ReturnWatcher::on_breakpoint(Tracee& tracee) {
  const auto info = get_siginfo(tracee.tid);
  if (!info || info->si_code != TRAP_HWBKPT) return false;
  const auto regs = get_regs(tracee.tid);
  if (!regs) return true;
  const auto probe =
      std::find_if(tracee.probes.begin(), tracee.probes.end(), [&](const ReturnProbe& candidate) {
        return raw(candidate.address) == regs->rip && raw(candidate.sp) == regs->rsp;
      });
  // The same code was reached by another call: not the return that is waited for.
  if (probe == tracee.probes.end()) return true;
  const AwaitedReturn* const wanted = probe->awaited;
  const auto found = std::find_if(tracee.awaited.begin(), tracee.awaited.end(),
                                  [&](const auto& awaited) { return awaited.get() == wanted; });
  if (found == tracee.awaited.end()) return true;
  AwaitedReturn& awaited = **found;
  --awaited.probes;
  auto& value = std::get<OversizeValue>(awaited.event.what);
  const auto result = static_cast<std::int32_t>(regs->rax);
  const auto overflow = failed_with_overflow(*tracee.process->space, awaited.errno_before,
                                             read_around_thread_pointer(tracee, *regs));
  const bool failed = result == -1 && overflow.value_or(true);
  *probe = {};
  // A frame further out may still show what this one does not.
  if (!failed && awaited.probes > 0) return true;
  if (failed || value.api.function) {
    value.api.result = result;
    value.api.confirmed = true;
    if (overflow.value_or(false)) value.api.error = "EOVERFLOW";
  }
  finish(tracee, static_cast<std::size_t>(found - tracee.awaited.begin()));
  return true;
}

void ReturnWatcher::give_up(Tracee& tracee) {
  while (!tracee.awaited.empty()) finish(tracee, 0);
}

}  // namespace ttrace
