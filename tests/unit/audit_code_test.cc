// Calls in machine code: what has the form of one is found, with its target.
#include <catch2/catch.hpp>
#include <vector>

#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/raw_calls.h"

namespace ttrace::audit {
namespace {

using namespace std::string_view_literals;
using Targets = std::vector<std::uint64_t>;

Targets targets_i386(std::string_view code, std::uint64_t address, std::uint64_t got = 0) {
  Targets targets;
  scan_i386(code, address, got, [&](std::uint64_t, std::uint64_t to) { targets.push_back(to); });
  return targets;
}

Targets targets_arm(std::string_view code, std::uint64_t address) {
  Targets targets;
  scan_arm(code, address, [&](std::uint64_t, std::uint64_t to) { targets.push_back(to); });
  return targets;
}

TEST_CASE("i386 calls, jumps and addresses of functions", "[audit]") {
  CHECK(targets_i386("\xe8\xfb\x0f\x00\x00\x90"sv, 0x1000) == Targets{0x2000});
  CHECK(targets_i386("\xe9\xfb\xff\xff\xff\x90"sv, 0x1000) == Targets{0x1000});
  CHECK(targets_i386("\x0f\x84\xfa\x00\x00\x00"sv, 0x1000) == Targets{0x1100});
  CHECK(targets_i386("\x8d\x83\x00\xf0\xff\xff"sv, 0x1000, 0x4000) == Targets{0x3000});
  CHECK(targets_i386("\xe8\xfb\x0f"sv, 0x1000).empty());
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
