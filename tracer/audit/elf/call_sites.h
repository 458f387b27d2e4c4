// One call in i386 code, looked at closely: what constants it hands over, and whether its result is
// looked at. By disassembling the function that makes it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ttrace::audit {

struct CallSite {
  /// The first arguments, where they are constants on every way to the call that is seen.
  std::array<std::optional<std::uint32_t>, 2> arguments;
  /// The result is compared with 0 or -1 soon after, or is the function's own: the failure of the
  /// call is the failure of the function, or turns its course.
  bool heeded = false;
};

/// `function`: the bytes of one function, which starts at `address`. Nothing if it has no
/// instruction at `place`, or is too long to look at.
std::optional<CallSite> read_call_site(std::string_view function, std::uint64_t address,
                                       std::uint64_t place);

/// What stands in EAX and EBX where the function enters the kernel at `place`; nothing if it does
/// not, by `int $0x80`, sysenter or call *%gs:0x10, or if EAX is not known.
struct KernelEntry {
  std::uint32_t number;
  std::optional<std::uint32_t> first;
};
std::optional<KernelEntry> read_kernel_entry(std::string_view function, std::uint64_t address,
                                             std::uint64_t place);

}  // namespace ttrace::audit
