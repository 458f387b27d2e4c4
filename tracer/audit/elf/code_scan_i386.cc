// i386: call rel32 (E8), jmp rel32 (E9), jcc rel32 (0F 8x), lea disp32(%reg) of a function (8D) and
// add of its distance to a register (05, 81 C0), and the stubs jmp *slot (FF 25) and jmp
// *disp(%ebx) (FF A3); call *slot (FF 15) and call *disp(%ebx) (FF 93) do without a stub.
#include <cstring>

#include "tracer/audit/elf/byte_scan.h"
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
               const OnBranches& on_branches) {
  const auto may_be_one = [](const char* at) {
    const Sixteen first(at), second(at + 1);
    return first.has(0xfe, 0xe8) | first.is(0x05) | (first.is(0x0f) & second.has(0xf0, 0x80)) |
           (first.is(0x81) & second.has(0xf8, 0xc0)) | (first.is(0x8d) & second.has(0xc0, 0x80));
  };
  Branches branches(on_branches);
  for_matches(code, code.size() < 6 ? 0 : code.size() - 5, may_be_one, [&](std::size_t i) {
    const unsigned byte = byte_at(code, i);
    const std::size_t length = byte == 0xe8 || byte == 0xe9 || byte == 0x05 ? 5 : 6;
    const bool by_got = byte == 0x05 || byte == 0x81 || byte == 0x8d;
    const std::uint64_t base = by_got ? got : address + i + length;
    const auto target = static_cast<std::uint32_t>(base + word_at(code, i + length - 4));
    if (wanted.has(target)) branches.add(address + i, target);
  });
  branches.flush();
}

void scan_i386_stubs(std::string_view code, std::uint64_t address, std::uint64_t got,
                     const OnStub& on_stub) {
  const auto leaves = [](const char* at) {
    const Sixteen form(at + 1);
    return Sixteen(at).is(0xff) & (form.is(0x25) | form.is(0xa3) | form.is(0x93) | form.is(0x15));
  };
  for_matches(code, code.size() < 6 ? 0 : code.size() - 5, leaves, [&](std::size_t i) {
    const unsigned form = byte_at(code, i + 1);
    const std::uint64_t base = form == 0x25 || form == 0x15 ? 0 : got;
    const bool marked =
        i >= kEndbr.size() && code.substr(i - kEndbr.size(), kEndbr.size()) == kEndbr;
    on_stub(address + i - (marked ? kEndbr.size() : 0),
            static_cast<std::uint32_t>(base + word_at(code, i + 2)));
  });
}

void scan_i386_loads(std::string_view code, Range wanted, const OnLoad& on_load) {
  const auto may_be_one = [&](const char* at) {
    const Sixteen form(at + 1);
    const Sixteen by_register = form.has(0xc0, 0x80).without(form.has(7, 4));
    const Sixteen fixed = form.has(0xc7, 0x05) | form.is(0xa1);
    const Sixteen operation = form.has(0x38, 2 << 3) | form.has(0x38, 4 << 3);
    const Sixteen upper = Sixteen(at + 5).between(wanted.first >> 24, wanted.last >> 24);
    return ((by_register | fixed) & upper).without(Sixteen(at).is(0xff) & operation);
  };
  for_matches(code, code.size() < 6 ? 0 : code.size() - 5, may_be_one, [&](std::size_t i) {
    const std::uint32_t displacement = word_at(code, i + 2);
    if (wanted.has(displacement)) on_load(displacement);
  });
}

}  // namespace ttrace::audit
