#include "tracer/stacks/sigreturn.h"

#include <algorithm>
#include <array>
#include <span>

namespace ttrace::stacks {
namespace {

/// A trampoline's code, and where the registers are from the stack pointer in it, in the order of
/// UnwindState (arch/x86/include/uapi/asm/sigcontext.h, arch/x86/include/asm/sigframe.h).
struct Trampoline {
  Abi abi;
  std::array<std::uint8_t, 9> code;
  unsigned code_size;
  unsigned registers_at;
  std::array<std::uint8_t, 17> order;
  unsigned count;
};

constexpr std::array<std::uint8_t, 17> kOrder64{13, 12, 14, 11, 9, 8, 10, 15, 0,
                                                1,  2,  3,  4,  5, 6, 7,  16};
constexpr std::array<std::uint8_t, 17> kOrder32{11, 10, 9, 8, 7, 6, 5, 4, 14};

constexpr std::array<Trampoline, 3> kTrampolines{{
    // mov $__NR_rt_sigreturn,%rax; syscall
    {Abi::kX86_64, {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}, 9, 40, kOrder64, 17},
    // mov $__NR_rt_sigreturn,%eax; int $0x80
    {Abi::kI386, {0xb8, 0xad, 0, 0, 0, 0xcd, 0x80}, 7, 160, kOrder32, 9},
    // pop %eax; mov $__NR_sigreturn,%eax; int $0x80
    {Abi::kI386, {0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80}, 8, 4, kOrder32, 9},
}};

bool is_at(const Trampoline& trampoline, std::uint64_t ip, WalkMemory& memory) {
  std::array<std::byte, 9> code{};
  if (!memory.read(ip, std::span(code).first(trampoline.code_size))) return false;
  return std::equal(code.begin(), code.begin() + trampoline.code_size, trampoline.code.begin(),
                    [](std::byte a, std::uint8_t b) { return std::to_integer<int>(a) == b; });
}

std::optional<UnwindState> read_registers(const Trampoline& trampoline, const AbiInfo& abi,
                                          std::uint64_t sp, WalkMemory& memory) {
  UnwindState state;
  state.abi = abi.abi;
  state.count = trampoline.count;
  for (unsigned i = 0; i < trampoline.count; ++i) {
    const auto value = memory.word(
        sp + trampoline.registers_at + trampoline.order[i] * abi.word_size, abi.word_size);
    if (!value) return std::nullopt;
    state.dwarf[i] = *value;
  }
  state.ip = state.dwarf[trampoline.count - 1];
  return state;
}

}  // namespace

std::optional<UnwindState> interrupted_state(const AbiInfo& abi, std::uint64_t ip, std::uint64_t sp,
                                             WalkMemory& memory) {
  for (const Trampoline& trampoline : kTrampolines) {
    if (trampoline.abi == abi.abi && is_at(trampoline, ip, memory)) {
      return read_registers(trampoline, abi, sp, memory);
    }
  }
  return std::nullopt;
}

}  // namespace ttrace::stacks
