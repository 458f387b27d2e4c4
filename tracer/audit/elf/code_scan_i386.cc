// i386: call rel32 (E8), jmp rel32 (E9), jcc rel32 (0F 8x), lea disp32(%reg) of a function (8D) and
// add of its distance to a register (05, 81 C0), and the stubs jmp *slot (FF 25) and jmp
// *disp(%ebx) (FF A3); call *slot (FF 15) and call *disp(%ebx) (FF 93) do without a stub.
#include <cstring>

#include "tracer/audit/elf/code_scan.h"

namespace ttrace::audit {
namespace {

std::uint32_t word_at(std::string_view code, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, code.data() + at,
              sizeof word);  // both little-endian: ttrace runs on x86-64
  return word;
}

unsigned byte_at(std::string_view code, std::size_t at) {
  return static_cast<unsigned char>(code[at]);
}

constexpr std::string_view kEndbr = "\xf3\x0f\x1e\xfb";

}  // namespace

void scan_i386(std::string_view code, std::uint64_t address, std::uint64_t got, Range wanted,
               const OnBranch& on_branch) {
  for (std::size_t i = 0; i + 6 <= code.size(); ++i) {
    const unsigned byte = byte_at(code, i);
    const std::uint64_t place = address + i;
    const auto take = [&](std::uint64_t base, std::size_t at) {
      const auto target = static_cast<std::uint32_t>(base + word_at(code, at));
      if (wanted.has(target)) on_branch(place, target);
    };
    if (byte == 0xe8 || byte == 0xe9) {
      take(place + 5, i + 1);
    } else if (byte == 0x0f && (byte_at(code, i + 1) & 0xf0) == 0x80) {
      take(place + 6, i + 2);
    } else if (byte == 0x05) {
      take(got, i + 1);
    } else if ((byte == 0x81 && (byte_at(code, i + 1) & 0xf8) == 0xc0) ||
               (byte == 0x8d && (byte_at(code, i + 1) & 0xc0) == 0x80)) {
      take(got, i + 2);
    }
  }
}

void scan_i386_stubs(std::string_view code, std::uint64_t address, std::uint64_t got,
                     const OnStub& on_stub) {
  for (std::size_t i = 0; (i = code.find('\xff', i)) != std::string_view::npos; ++i) {
    if (code.size() - i < 6) return;
    const unsigned form = byte_at(code, i + 1);
    if (form != 0x25 && form != 0xa3 && form != 0x93 && form != 0x15) continue;
    const std::uint64_t base = form == 0x25 || form == 0x15 ? 0 : got;
    const bool marked =
        i >= kEndbr.size() && code.substr(i - kEndbr.size(), kEndbr.size()) == kEndbr;
    on_stub(address + i - (marked ? kEndbr.size() : 0),
            static_cast<std::uint32_t>(base + word_at(code, i + 2)));
  }
}

void scan_i386_loads(std::string_view code, Range wanted, const OnLoad& on_load) {
  for (std::size_t i = 1; i + 5 <= code.size(); ++i) {
    const std::uint32_t displacement = word_at(code, i + 1);
    if (!wanted.has(displacement)) continue;
    const unsigned form = byte_at(code, i);
    const bool by_register = (form & 0xc0) == 0x80 && (form & 7) != 4;
    const bool fixed = (form & 0xc7) == 0x05 || form == 0xa1;
    const unsigned operation = form >> 3 & 7;
    const bool leaves = byte_at(code, i - 1) == 0xff && (operation == 2 || operation == 4);
    if ((by_register || fixed) && !leaves) on_load(displacement);
  }
}

}  // namespace ttrace::audit
