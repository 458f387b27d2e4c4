// ARM, little-endian: BL and B in both instruction sets, and the linker's stubs: two additions to
// the program counter and a load through a slot (ARM ELF ABI supplement; binutils elf32-arm.c).
#include <bit>
#include <cstring>

#include "tracer/audit/elf/code_scan.h"

namespace ttrace::audit {
namespace {

std::uint32_t word_at(std::string_view code, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, code.data() + at, sizeof word);
  return word;
}

std::uint32_t half_at(std::string_view code, std::size_t at) {
  std::uint16_t half = 0;
  std::memcpy(&half, code.data() + at, sizeof half);
  return half;
}

std::int32_t sign_extend(std::uint32_t value, int bits) {
  return static_cast<std::int32_t>(value << (32 - bits)) >> (32 - bits);
}

/// Thumb-2 BL, BLX and B.W (encodings T1, T2, T4): a signed offset of 25 bits.
std::int32_t thumb_offset(std::uint32_t first, std::uint32_t second) {
  const std::uint32_t sign = first >> 10 & 1;
  const std::uint32_t i1 = ~((second >> 13 & 1) ^ sign) & 1;
  const std::uint32_t i2 = ~((second >> 11 & 1) ^ sign) & 1;
  const std::uint32_t value =
      sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
  return sign_extend(value, 25);
}

void scan_thumb(std::string_view code, std::uint64_t address, Branches& branches) {
  for (std::size_t i = 0; i + 4 <= code.size(); i += 2) {
    const std::uint32_t first = half_at(code, i);
    const std::uint32_t second = half_at(code, i + 2);
    if ((first & 0xf800) != 0xf000 || (second & 0x8000) == 0) continue;
    const bool exchanges = (second & 0xd000) == 0xc000;
    if (!exchanges && (second & 0x1000) == 0) continue;  // a conditional branch stays near
    const std::uint64_t from = address + i + 4;
    const std::uint64_t base = exchanges ? from & ~std::uint64_t{3} : from;
    branches.add(address + i, static_cast<std::uint32_t>(base + thumb_offset(first, second)));
  }
}

std::uint32_t rotated(std::uint32_t instruction) {
  return std::rotr(instruction & 0xff, static_cast<int>((instruction >> 8 & 0xf) * 2));
}

}  // namespace

void scan_arm(std::string_view code, std::uint64_t address, const OnBranches& on_branches) {
  Branches branches(on_branches);
  for (std::size_t i = (4 - address % 4) % 4; i + 4 <= code.size(); i += 4) {
    const std::uint32_t word = word_at(code, i);
    if ((word & 0x0e000000) != 0x0a000000) continue;
    const std::int64_t offset = std::int64_t{sign_extend(word & 0xffffff, 24)} * 4;
    branches.add(address + i, static_cast<std::uint32_t>(address + i + 8 + offset));
  }
  scan_thumb(code, address, branches);
  branches.flush();
}

void scan_arm_stubs(std::string_view code, std::uint64_t address, const OnStub& on_stub) {
  constexpr std::string_view kSwitch = "\x78\x47\xc0\x46";  // bx pc; nop: entered from Thumb code
  for (std::size_t i = (4 - address % 4) % 4; i + 12 <= code.size(); i += 4) {
    const std::uint32_t high = word_at(code, i);
    const std::uint32_t middle = word_at(code, i + 4);
    const std::uint32_t load = word_at(code, i + 8);
    if ((high & 0xfffff000) != 0xe28fc000 || (middle & 0xfffff000) != 0xe28cc000) continue;
    if ((load & 0xfffff000) != 0xe5bcf000) continue;
    const std::uint64_t slot = address + i + 8 + rotated(high) + rotated(middle) + (load & 0xfff);
    on_stub(address + i, static_cast<std::uint32_t>(slot));
    if (i >= 4 && code.substr(i - 4, 4) == kSwitch)
      on_stub(address + i - 4, static_cast<std::uint32_t>(slot));
  }
}

}  // namespace ttrace::audit
