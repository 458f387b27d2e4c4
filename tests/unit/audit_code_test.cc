// Calls in machine code: what has the form of one is found, with its target.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tracer/audit/elf/call_sites.h"
#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/edges.h"
#include "tracer/audit/elf/function_starts.h"
#include "tracer/audit/elf/raw_calls.h"

namespace ttrace::audit {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Targets = std::vector<std::uint64_t>;

OnBranches adds_to(Targets& targets) {
  return [&targets](std::span<const Branch> branches) {
    for (const Branch& branch : branches) targets.push_back(branch.target);
  };
}

Targets targets_i386(std::string_view code, std::uint64_t address, std::uint64_t got = 0) {
  Targets targets;
  scan_i386(code, address, got, {0, 0xffffffff}, adds_to(targets));
  return targets;
}

Targets targets_arm(std::string_view code, std::uint64_t address) {
  Targets targets;
  scan_arm(code, address, adds_to(targets));
  return targets;
}

TEST_CASE("i386 calls, jumps and addresses of functions", "[audit]") {
  CHECK(targets_i386("\xe8\xfb\x0f\x00\x00\x90"sv, 0x1000) == Targets{0x2000});
  CHECK(targets_i386("\xe9\xfb\xff\xff\xff\x90"sv, 0x1000) == Targets{0x1000});
  CHECK(targets_i386("\x0f\x84\xfa\x00\x00\x00"sv, 0x1000) == Targets{0x1100});
  CHECK(targets_i386("\x8d\x83\x00\xf0\xff\xff"sv, 0x1000, 0x4000) == Targets{0x3000});
  CHECK(targets_i386("\xe8\xfb\x0f"sv, 0x1000).empty());
}

TEST_CASE("i386 calls are found wherever they stand in the code", "[audit]") {
  for (std::size_t size = 6; size < 200; ++size) {
    for (std::size_t at = 0; at + 6 <= size; ++at) {
      std::string code(size, '\x90');
      code.replace(at, 5, "\xe8\0\0\0\0"s);
      REQUIRE(targets_i386(code, 0x1000) == Targets{0x1000 + at + 5});
    }
  }
  CHECK(targets_i386("\x90\xe8\0\0\0\0"sv, 0x1000).empty());  // the end of the code is cut off
}

TEST_CASE("the function that an address lies in", "[audit]") {
  const FunctionStarts starts({0x2000, 0x1000, 0x1004, 0x2000, 0x90000000}, 10);
  REQUIRE(starts.size() == 4);
  CHECK(starts.of(0xfff) == FunctionStarts::kNone);
  CHECK(starts.of(0x1000) == 0);
  CHECK(starts.of(0x1003) == 0);
  CHECK(starts.of(0x1004) == 1);
  CHECK(starts.of(0x1fff) == 1);
  CHECK(starts.of(0x8fffffff) == 2);
  CHECK(starts.of(0xffffffff) == 3);
  CHECK(starts.end(0) == 0x1004);
  CHECK(starts.end(3) > 0xffffffff);
  CHECK(FunctionStarts({3, 2, 1}, 2).of(9) == 1);
  CHECK(FunctionStarts().of(0) == FunctionStarts::kNone);
}

TEST_CASE("calls by the caller and by what is called", "[audit]") {
  const std::vector<Edge> edges = {{2, 0}, {0, 1}, {2, 1}, {2, 0}};
  const auto of = [](std::span<const std::uint32_t> others) {
    return std::vector<std::uint32_t>(others.begin(), others.end());
  };
  using Others = std::vector<std::uint32_t>;
  const Neighbours callees(edges, 3, false), callers(edges, 3, true);
  CHECK(of(callees[0]) == Others{1});
  CHECK(of(callees[1]).empty());
  CHECK(of(callees[2]) == Others{0, 1, 0});
  CHECK(of(callers[0]) == Others{2, 2});
  CHECK(of(callers[1]) == Others{0, 2});
  CHECK(of(callers[2]).empty());
}

TEST_CASE("i386 stubs with and without a mark for indirect branches", "[audit]") {
  Targets places, slots;
  const auto take = [&](std::uint64_t place, std::uint64_t slot) {
    places.push_back(place);
    slots.push_back(slot);
  };
  scan_i386_stubs("\xff\xa3\x0c\x00\x00\x00\xf3\x0f\x1e\xfb\xff\x25\x10\x40\x00\x00"sv, 0x1000,
                  0x4000, take);
  CHECK(places == Targets{0x1000, 0x1006});
  CHECK(slots == Targets{0x400c, 0x4010});
}

// Each ends with a call at `at`; what is behind it tells whether the result is heeded.
std::optional<CallSite> site_of(std::string_view before, std::string_view after = "\xc3"sv) {
  static std::string code;
  code = std::string(before) + "\xe8\0\0\0\0"s + std::string(after);
  return read_call_site(code, 0x1000, 0x1000 + before.size());
}

TEST_CASE("i386 constants that a call is handed", "[audit]") {
  const auto first = [](std::string_view code) { return site_of(code)->arguments[0]; };
  CHECK(first("\x50\x6a\x01"sv) == 1U);                               // push %eax; push $1
  CHECK(site_of("\x6a\x02\x6a\x01"sv)->arguments[1] == 2U);           // push $2; push $1
  CHECK(first("\x6a\x01\x50"sv) == std::nullopt);                     // push $1; push %eax
  CHECK(first("\x83\xec\x08\xc7\x04\x24\x07\0\0\0"sv) == 7U);         // movl $7,(%esp)
  CHECK(first("\x31\xf6\x56"sv) == 0U);                               // xor %esi,%esi; push %esi
  CHECK(first("\xbe\x01\0\0\0\x56"sv) == 1U);                         // mov $1,%esi; push %esi
  CHECK(first("\x6a\x01\xe8\0\0\0\0"sv) == std::nullopt);             // spent by another call
  CHECK(first("\x6a\x01\x58\x50"sv) == std::nullopt);                 // pop %eax; push %eax
  CHECK(first("\x74\x02\x6a\x00\x6a\x01"sv) == 1U);                   // je over push $0
  CHECK(first("\x74\x02\x6a\x01\x90"sv) == std::nullopt);             // je over push $1
  CHECK_FALSE(read_call_site("\x90\xe8\0\0\0\0"sv, 0x1000, 0x1002));  // no instruction there
}

TEST_CASE("i386 calls whose failure is heeded", "[audit]") {
  const auto heeded = [](std::string_view after) { return site_of("\x50"sv, after)->heeded; };
  CHECK(heeded("\xc3"sv));                            // ret
  CHECK(heeded("\x85\xc0\x78\x10"sv));                // test %eax,%eax; js
  CHECK(heeded("\x89\xc6\x83\xfe\xff\x74\x10"sv));    // mov %eax,%esi; cmp $-1,%esi; je
  CHECK(heeded("\xeb\x01\x90\x85\xc0"sv));            // jmp over nop; test
  CHECK_FALSE(heeded("\x31\xc0\xc3"sv));              // xor %eax,%eax; ret
  CHECK_FALSE(heeded("\xe8\0\0\0\0\x85\xc0"sv));      // the result of another call is
  CHECK_FALSE(heeded("\x2b\x45\x08\x83\xf8\x01"sv));  // sub 8(%ebp),%eax; cmp $1,%eax
}

TEST_CASE("i386 loads of a slot, and calls through one", "[audit]") {
  std::vector<std::uint32_t> found;
  const Range wanted{0x100, 0x200};
  scan_i386_loads("\x8b\x83\x04\x01\0\0\xff\x93\x08\x01\0\0\x8b\x83\x04\x03\0\0\xa1\x0c\x01\0\0"sv,
                  wanted, [&](std::uint32_t at) { found.push_back(at); });
  CHECK(found == std::vector<std::uint32_t>{0x104, 0x10c});
}

TEST_CASE("ARM calls in both instruction sets", "[audit]") {
  // bl 0x2000 from 0x1000
  const Targets arm = targets_arm("\xfe\x03\x00\xeb"sv, 0x1000);
  CHECK(std::find(arm.begin(), arm.end(), 0x2000) != arm.end());
  // bl 0x2000 and blx 0x2000, Thumb
  CHECK(targets_arm("\x00\xf0\xfe\xff"sv, 0x1000) == Targets{0x2000});
  CHECK(targets_arm("\x00\xf0\xfe\xef"sv, 0x1000) == Targets{0x2000});
}

TEST_CASE("ARM stubs, entered from either instruction set", "[audit]") {
  Targets places, slots;
  scan_arm_stubs("\x78\x47\xc0\x46\x00\xc6\x8f\xe2\x10\xca\x8c\xe2\x08\xf0\xbc\xe5"sv, 0x1000,
                 [&](std::uint64_t place, std::uint64_t slot) {
                   places.push_back(place);
                   slots.push_back(slot);
                 });
  CHECK(places == Targets{0x1004, 0x1000});
  CHECK(slots == Targets{0x1100c + 8, 0x1100c + 8});
}

TEST_CASE("a system call by its number", "[audit]") {
  const Machine i386{EM_386, 32, false, 0};
  const auto calls =
      find_raw_calls(i386, "\xb8\x09\x01\x00\x00\xcd\x80\xb8\x93\x01\x00\x00\xcd\x80"sv);
  REQUIRE(calls.size() == 1);  // 403, clock_gettime64, is fine
  CHECK(calls[0].name == "clock_gettime");
  CHECK(calls[0].yields_time);
  CHECK(find_raw_calls(i386, "\xb8\x09\x01\x00\x00\xc3"sv).empty());
  CHECK(find_raw_calls({EM_X86_64, 64, false, 0}, "\xb8\x0d\x00\x00\x00\xcd\x80"sv).empty());
  const Machine arm{EM_ARM, 32, false, 0};
  CHECK(find_raw_calls(arm, "\x07\x71\x00\xe3\x00\x00\x00\xef"sv).at(0).number == 263);
}

}  // namespace
}  // namespace ttrace::audit
