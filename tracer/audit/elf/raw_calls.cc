// A number that is moved into the register for it (EAX, R7), with the instruction that enters the
// kernel soon after. Numbers: arch/x86/entry/syscalls/syscall_32.tbl, arch/arm/tools/syscall.tbl.
#include "tracer/audit/elf/raw_calls.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "tracer/audit/elf/byte_scan.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kSoon = 32;  // bytes between the number and the call

constexpr std::array kI386 = {
    RawCall{"time", 13, true},
    RawCall{"gettimeofday", 78, true},
    RawCall{"clock_gettime", 265, true},
    RawCall{"stat", 106, true},
    RawCall{"lstat", 107, true},
    RawCall{"fstat", 108, true},
    RawCall{"stat64", 195, true},
    RawCall{"lstat64", 196, true},
    RawCall{"fstat64", 197, true},
    RawCall{"fstatat64", 300, true},
    RawCall{"adjtimex", 124, true},
    RawCall{"clock_adjtime", 343, true},
    RawCall{"stime", 25, false},
    RawCall{"settimeofday", 79, false},
    RawCall{"clock_settime", 264, false},
    RawCall{"utime", 30, false},
    RawCall{"utimes", 271, false},
    RawCall{"utimensat", 320, false},
};

constexpr std::array kArm = {
    RawCall{"gettimeofday", 78, true},  RawCall{"clock_gettime", 263, true},
    RawCall{"stat64", 195, true},       RawCall{"lstat64", 196, true},
    RawCall{"fstat64", 197, true},      RawCall{"fstatat64", 327, true},
    RawCall{"adjtimex", 124, true},     RawCall{"clock_adjtime", 372, true},
    RawCall{"settimeofday", 79, false}, RawCall{"clock_settime", 262, false},
    RawCall{"utimes", 269, false},      RawCall{"utimensat", 348, false},
};

constexpr std::array<std::string_view, 3> kEntries = {
    "\xcd\x80", "\x0f\x34", std::string_view("\x65\xff\x15\x10\0\0\0", 7)};  // call *%gs:0x10

/// The offset of the first entry into the kernel; npos: none.
std::size_t entry_of_i386(std::string_view after) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view entry : kEntries) first = std::min(first, after.find(entry));
  return first;
}

std::uint32_t word_at(std::string_view code, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, code.data() + at, sizeof word);
  return word;
}

template <typename Table>
void add_number(const Table& table, std::uint32_t number, std::vector<RawCall>& found) {
  for (const RawCall& call : table) {
    if (call.number != number) continue;
    const auto same = [&](const RawCall& other) { return other.number == number; };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(call);
  }
}

/// Calls `take` with each number that may be one of a system call, and where that is made.
template <typename Take>
void for_i386(std::string_view code, Take take) {
  const auto moves_number = [](const char* at) {  // one below 512
    return Sixteen(at).is(0xb8) & Sixteen(at + 2).has(0xfe, 0) & Sixteen(at + 3).is(0) &
           Sixteen(at + 4).is(0);
  };
  for_matches(code, code.size() < 5 ? 0 : code.size() - 4, moves_number, [&](std::size_t i) {
    const std::size_t entry = entry_of_i386(code.substr(i + 5, kSoon));
    if (entry != std::string_view::npos) take(word_at(code, i + 1), i + 5 + entry);
  });
}

std::vector<RawCall> find_i386(std::string_view code) {
  std::vector<RawCall> found;
  for_i386(code, [&](std::uint32_t number, std::size_t) { add_number(kI386, number, found); });
  return found;
}

std::vector<RawCall> find_arm(std::string_view code) {
  constexpr std::uint32_t kSvc = 0xef000000;
  std::vector<RawCall> found;
  for (std::size_t i = 0; i + 4 <= code.size(); i += 4) {
    const std::uint32_t word = word_at(code, i);
    const bool mov = (word & 0xffffff00) == 0xe3a07000;   // mov r7, #number
    const bool movw = (word & 0xfff0f000) == 0xe3007000;  // movw r7, #number
    if (!mov && !movw) continue;
    const std::uint32_t number = mov ? word & 0xff : (word >> 4 & 0xf000) | (word & 0xfff);
    for (std::size_t next = i + 4; next + 4 <= std::min(i + 4 + kSoon, code.size()); next += 4) {
      if (word_at(code, next) == kSvc) add_number(kArm, number, found);
    }
  }
  return found;
}

}  // namespace

const RawCall* find_raw_call_i386(std::uint32_t number) {
  const auto* row = std::find_if(kI386.begin(), kI386.end(),
                                 [number](const RawCall& call) { return call.number == number; });
  return row == kI386.end() ? nullptr : row;
}

std::vector<std::size_t> raw_call_places_i386(std::string_view code) {
  std::vector<std::size_t> places;
  for_i386(code, [&](std::uint32_t number, std::size_t place) {
    if (find_raw_call_i386(number) != nullptr) places.push_back(place);
  });
  return places;
}

std::vector<RawCall> find_raw_calls(const Machine& machine, std::string_view code) {
  if (machine.code == EM_386) return find_i386(code);
  return machine.code == EM_ARM && !machine.big_endian ? find_arm(code) : std::vector<RawCall>{};
}

}  // namespace ttrace::audit
