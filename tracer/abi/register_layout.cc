#include "tracer/abi/register_layout.h"

#include <linux/audit.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ttrace {
namespace {

/// 0, 1, 2, … up to `last`.
std::vector<std::size_t> in_order(std::size_t last) {
  std::vector<std::size_t> slots(last + 1);
  std::iota(slots.begin(), slots.end(), std::size_t{0});
  return slots;
}

// arch/x86/include/asm/user_64.h; DWARF: x86-64 psABI, figure 3.36.
RegisterLayout x86_64() {
  return {"x86-64",
          8,
          AUDIT_ARCH_X86_64,
          27,
          15,
          10,
          {14, 13, 12, 7, 9, 8},
          16,
          19,
          {10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16}};
}

// arch/x86/include/asm/user_32.h; DWARF: i386 psABI, table 2.14.
RegisterLayout i386() {
  return {"i386",
          4,
          AUDIT_ARCH_I386,
          17,
          11,
          6,
          {0, 1, 2, 3, 4, 5},
          12,
          15,
          {6, 1, 2, 0, 15, 5, 3, 4, 12}};
}

// arch/arm64/include/uapi/asm/ptrace.h: x0 to x30, sp, pc, pstate. DWARF for the Arm 64-bit
// Architecture, table 1: x0 to x30, sp, pc.
RegisterLayout arm64() {
  return {"arm64", 8, AUDIT_ARCH_AARCH64, 34, 8, 0, {0, 1, 2, 3, 4, 5}, 32, 31, in_order(32)};
}

// arch/arm/include/uapi/asm/ptrace.h: r0 to r15, cpsr, and what r0 was before the call (slot 17),
// which alone still is the first argument at its exit. The number is in r7 (EABI, syscall(2)).
RegisterLayout armhf() {
  return {"armhf", 4, AUDIT_ARCH_ARM, 18, 7, 0, {17, 1, 2, 3, 4, 5}, 15, 13, in_order(15)};
}

}  // namespace

const std::vector<RegisterLayout>& register_layouts() {
  static const std::vector<RegisterLayout> layouts{x86_64(), i386(), arm64(), armhf()};
  return layouts;
}

const RegisterLayout* register_layout(std::string_view abi) {
  const auto& layouts = register_layouts();
  const auto found = std::find_if(layouts.begin(), layouts.end(),
                                  [&](const RegisterLayout& layout) { return layout.abi == abi; });
  return found == layouts.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> register_in(const RegisterLayout& layout,
                                         std::span<const std::byte> registers, std::size_t slot) {
  if (slot >= layout.count || registers.size() / layout.word_size <= slot) return std::nullopt;
  const std::byte* const at = registers.data() + slot * layout.word_size;
  std::uint64_t wide = 0;
  std::uint32_t narrow = 0;
  if (layout.word_size == sizeof wide) {
    std::memcpy(&wide, at, sizeof wide);
    return wide;
  }
  std::memcpy(&narrow, at, sizeof narrow);
  return narrow;
}

std::optional<SyscallEntry> syscall_entry(const RegisterLayout& layout,
                                          std::span<const std::byte> registers) {
  const auto number = register_in(layout, registers, layout.number);
  if (!number) return std::nullopt;
  SyscallEntry entry{*number, {}};
  for (std::size_t i = 0; i < layout.args.size(); ++i) {
    const auto arg = register_in(layout, registers, layout.args[i]);
    if (!arg) return std::nullopt;
    entry.args[i] = *arg;
  }
  return entry;
}

std::optional<std::vector<std::uint64_t>> dwarf_registers(const RegisterLayout& layout,
                                                          std::span<const std::byte> registers) {
  std::vector<std::uint64_t> values;
  for (const std::size_t slot : layout.dwarf) {
    const auto value = register_in(layout, registers, slot);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

}  // namespace ttrace
