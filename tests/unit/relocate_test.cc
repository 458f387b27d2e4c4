// The first instructions of functions, moved: what is adjusted, and what is refused.
#include "tracer/shim/relocate.h"

#include <catch2/catch.hpp>

namespace ttrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_CASE("plain instructions are copied, with a jump behind them", "[relocate]") {
  // push %rbp; mov %rsp,%rbp; push %r14; push %rbx
  const Bytes code = {0x55, 0x48, 0x89, 0xe5, 0x41, 0x56, 0x53, 0x90};
  const auto moved = relocate(Abi::kX86_64, code, 0x1000, 0x2000);
  REQUIRE(moved);
  CHECK(moved->taken == 6);
  // jmp 0x1006, from an instruction that ends at 0x200b
  CHECK(moved->code == Bytes{0x55, 0x48, 0x89, 0xe5, 0x41, 0x56, 0xe9, 0xfb, 0xef, 0xff, 0xff});
}

TEST_CASE("operands by distance are adjusted", "[relocate]") {
  // cmpl $0x7fffffff, -0x100(%rip), of 10 bytes: an operand in the middle, at 0xf0a
  const Bytes code = {0x81, 0x3d, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
  const auto moved = relocate(Abi::kX86_64, code, 0x1000, 0x3000);
  REQUIRE(moved);
  CHECK(moved->taken == 10);
  CHECK(Bytes(moved->code.begin(), moved->code.begin() + 10) ==
        Bytes{0x81, 0x3d, 0x00, 0xdf, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f});
}

TEST_CASE("a call that asks for its own address returns to the original", "[relocate]") {
  const Bytes code = {0xe8, 0x51, 0x0c, 0x00, 0x00, 0x05, 0xb7, 0xf7, 0xff, 0xff};
  const auto moved = relocate(Abi::kI386, code, 0xc70, 0x10000);
  REQUIRE(moved);
  CHECK(moved->taken == 5);
  // push $0xc75; jmp 0x18c6, from an instruction that ends at 0x1000a
  CHECK(moved->code == Bytes{0x68, 0x75, 0x0c, 0, 0, 0xe9, 0xbc, 0x18, 0xff, 0xff});
  CHECK(!relocate(Abi::kX86_64, code, 0xc70, 0x10000));
}

TEST_CASE("__kernel_vsyscall begins with what can be moved", "[relocate]") {
  const Bytes code = {0x51, 0x52, 0x55, 0x89, 0xe5, 0x0f, 0x34, 0xcd, 0x80};
  const auto moved = relocate(Abi::kI386, code, 0xf7f005e0, 0x10000);
  REQUIRE(moved);
  CHECK(moved->taken == 5);
  CHECK(moved->code.size() == 10);
}

TEST_CASE("what cannot be moved is refused", "[relocate]") {
  CHECK(!relocate(Abi::kX86_64, {0xc3, 0x90, 0x90, 0x90, 0x90, 0x90}, 0, 0x100));     // ret
  CHECK(!relocate(Abi::kX86_64, {0x74, 0x02, 0x90, 0x90, 0x90, 0x90}, 0x50, 0x100));  // je
  CHECK(!relocate(Abi::kX86_64, {0xeb, 0xfe, 0x90, 0x90, 0x90, 0x90}, 0x50, 0x100));  // to itself
  CHECK(!relocate(Abi::kX86_64, {0x48, 0x89}, 0x50, 0x100));                          // cut off
  CHECK(!relocate(Abi::kX86_64, {0x55, 0x53, 0x50, 0x51, 0x52}, 0, 0x7fff00000000));  // too far
  CHECK(!jump(Abi::kX86_64, 0x1000, 0x7fff00000000));
  CHECK(*jump(Abi::kX86_64, 0x1000, 0x2005) == Bytes{0xe9, 0x00, 0x10, 0, 0});
  CHECK(*jump(Abi::kI386, 0xfffff000, 0x5) == Bytes{0xe9, 0x00, 0x10, 0, 0});  // it wraps around
}

}  // namespace
}  // namespace ttrace
