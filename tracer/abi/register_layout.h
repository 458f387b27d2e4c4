// Where a thread's registers lie in what the kernel gives of them: PTRACE_GETREGSET with
// NT_PRSTATUS, in the thread's own width. Plain descriptions, one for each ABI, which compile and
// are tested on every machine; those of arm64 and armhf are what a port to these begins with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ttrace {

/// Numbers are those of slots, each `word_size` bytes, in the order of the kernel's structure.
struct RegisterLayout {
  std::string_view abi;      // as in reports
  unsigned word_size;        // bytes of a slot, of a pointer and of long
  std::uint32_t audit_arch;  // AUDIT_ARCH_*
  std::size_t count;         // slots
  std::size_t number;        // of the system call, as it is entered
  std::size_t result;
  std::array<std::size_t, 6> args;
  std::size_t ip;
  std::size_t sp;
  std::vector<std::size_t> dwarf;  // by the ABI's DWARF number
};

/// x86-64, i386, arm64 and armhf.
const std::vector<RegisterLayout>& register_layouts();

/// Null for an ABI that is not described.
const RegisterLayout* register_layout(std::string_view abi);

/// The value of slot `slot`; nothing: `registers` has less than that.
std::optional<std::uint64_t> register_in(const RegisterLayout& layout,
                                         std::span<const std::byte> registers, std::size_t slot);

struct SyscallEntry {
  std::uint64_t number = 0;
  std::array<std::uint64_t, 6> args{};
};

/// What a thread asks for that stands at the entry of a system call.
std::optional<SyscallEntry> syscall_entry(const RegisterLayout& layout,
                                          std::span<const std::byte> registers);

/// The registers an unwinder needs, by DWARF number; nothing: `registers` is too short.
std::optional<std::vector<std::uint64_t>> dwarf_registers(const RegisterLayout& layout,
                                                          std::span<const std::byte> registers);

}  // namespace ttrace
