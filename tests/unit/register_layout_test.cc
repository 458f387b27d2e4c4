// The descriptions of ABIs: those of x86 against what the tracer uses and the kernel's headers say,
// those of arm by their own documents.
#include "tracer/abi/register_layout.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "tracer/abi/abi.h"

namespace ttrace {
namespace {

/// Each slot holds its own number, and a few more.
std::vector<std::byte> numbered(const RegisterLayout& layout) {
  std::vector<std::byte> bytes(layout.count * layout.word_size);
  for (std::size_t i = 0; i < layout.count; ++i) {
    const std::uint64_t value = 100 + i;
    std::memcpy(&bytes[i * layout.word_size], &value, layout.word_size);
  }
  return bytes;
}

std::span<const std::byte> bytes_of(const Registers& regs) {
  return std::as_bytes(std::span(&regs, 1));
}

TEST_CASE("an ABI's description agrees with that of the tracer", "[abi]") {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    const AbiInfo& info = abi_info(abi);
    const RegisterLayout* layout = register_layout(info.name);
    REQUIRE(layout != nullptr);
    CHECK(layout->audit_arch == info.audit_arch);
    CHECK(layout->word_size == info.word_size);
    CHECK(layout->dwarf[info.dwarf_sp] == layout->sp);
  }
  CHECK(register_layout("riscv64") == nullptr);
}

TEST_CASE("x86-64 registers are where the kernel's header has them", "[abi]") {
  Registers regs{};
  regs.orig_rax = 1;
  regs.rdi = 2;
  regs.rsi = 3;
  regs.rdx = 4;
  regs.r10 = 5;
  regs.r8 = 6;
  regs.r9 = 7;
  regs.rip = 0xffff'ffff'ffff'fff8;
  regs.rsp = 9;
  regs.rbx = 10;
  const RegisterLayout& layout = *register_layout("x86-64");
  CHECK(sizeof regs == layout.count * layout.word_size);
  const auto entry = syscall_entry(layout, bytes_of(regs));
  REQUIRE(entry);
  CHECK(entry->number == 1);
  CHECK(entry->args == std::array<std::uint64_t, 6>{2, 3, 4, 5, 6, 7});
  const UnwindState state = unwind_state(regs);
  const auto dwarf = dwarf_registers(layout, bytes_of(regs));
  REQUIRE(dwarf);
  REQUIRE(dwarf->size() == state.count);
  CHECK(std::equal(dwarf->begin(), dwarf->end(), state.dwarf.begin()));
  CHECK(register_in(layout, bytes_of(regs), layout.ip) == regs.rip);
}

TEST_CASE("arm64 registers", "[abi]") {
  const RegisterLayout& layout = *register_layout("arm64");
  const auto bytes = numbered(layout);
  const auto entry = syscall_entry(layout, bytes);
  REQUIRE(entry);
  CHECK(entry->number == 108);  // x8
  CHECK(entry->args == std::array<std::uint64_t, 6>{100, 101, 102, 103, 104, 105});
  const auto dwarf = dwarf_registers(layout, bytes);
  REQUIRE(dwarf);
  CHECK(dwarf->size() == 33);
  CHECK(dwarf->at(30) == 130);  // the link register
  CHECK(dwarf->at(31) == 100 + layout.sp);
  CHECK(dwarf->at(32) == 100 + layout.ip);
}

TEST_CASE("armhf registers: the first argument is kept beside the result", "[abi]") {
  const RegisterLayout& layout = *register_layout("armhf");
  const auto bytes = numbered(layout);
  const auto entry = syscall_entry(layout, bytes);
  REQUIRE(entry);
  CHECK(entry->number == 107);  // r7
  CHECK(entry->args == std::array<std::uint64_t, 6>{117, 101, 102, 103, 104, 105});
  CHECK(register_in(layout, bytes, layout.result) == 100);
  CHECK(dwarf_registers(layout, bytes)->at(15) == 100 + layout.ip);
}

TEST_CASE("of too few bytes nothing is made up", "[abi]") {
  for (const RegisterLayout& layout : register_layouts()) {
    auto bytes = numbered(layout);
    CHECK(syscall_entry(layout, bytes));
    CHECK_FALSE(register_in(layout, bytes, layout.count));
    bytes.resize(layout.word_size);
    CHECK_FALSE(syscall_entry(layout, bytes));
    CHECK_FALSE(dwarf_registers(layout, bytes));
  }
}

}  // namespace
}  // namespace ttrace
