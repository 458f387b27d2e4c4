// Calls in machine code, found without disassembling it: a place that has the form of a call and
// leads exactly to the start of a known function is taken for one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace ttrace::audit {

/// Addresses, or displacements, from `first` to `last`.
struct Range {
  std::uint32_t first, last;
  bool has(std::uint32_t value) const { return value - first <= last - first; }
};

struct Branch {
  std::uint64_t place;
  std::uint32_t target;
};

/// Called with everything in `code` that may be a direct call, a jump or the taking of a function's
/// address, with targets in `wanted` alone, some at a time. `got`: DT_PLTGOT, to which i386 code is
/// relative.
using OnBranches = std::function<void(std::span<const Branch> branches)>;
void scan_i386(std::string_view code, std::uint64_t address, std::uint64_t got, Range wanted,
               const OnBranches& on_branches);
void scan_arm(std::string_view code, std::uint64_t address, const OnBranches& on_branches);

/// Called with the address of each stub of a procedure linkage table, and of the slot through which
/// it jumps; with i386, for calls through a slot without a stub too (`place` is the call's then).
using OnStub = std::function<void(std::uint64_t place, std::uint64_t slot)>;
void scan_i386_stubs(std::string_view code, std::uint64_t address, std::uint64_t got,
                     const OnStub& on_stub);
/// Called with the displacement of everything that may load a word from memory by a register and a
/// displacement of 32 bits in `wanted`, or from such an address; calls and jumps through such a
/// word are none.
using OnLoad = std::function<void(std::uint32_t displacement)>;
void scan_i386_loads(std::string_view code, Range wanted, const OnLoad& on_load);

void scan_arm_stubs(std::string_view code, std::uint64_t address, const OnStub& on_stub);

/// Hands branches on a few hundred at a time; the rest by flush().
class Branches {
 public:
  explicit Branches(const OnBranches& take) : take_(take) {}
  void add(std::uint64_t place, std::uint32_t target) {
    kept_[count_++] = {place, target};
    if (count_ == kept_.size()) flush();
  }
  void flush() {
    if (count_ != 0) take_(std::span(kept_).first(count_));
    count_ = 0;
  }

 private:
  const OnBranches& take_;
  std::array<Branch, 512> kept_;
  std::size_t count_ = 0;
};

}  // namespace ttrace::audit
