// What a file's code does with the functions that it imports, followed through the direct calls in
// it. For i386 and ARM; other machines' code is not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/audit/elf/dynamic.h"
#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {

struct Lead {
  std::string_view entry;   // an exported function
  std::string_view import;  // which it reaches
  bool fails_with = false;  // it makes the call itself, and heeds how that ends
};

/// Why a call that is imported does no harm. i386 alone.
enum class Harmless {
  kNo,         // nothing of that is known
  kUnreached,  // nothing leads to the code that makes it
  kMonotonic,  // it is only asked for clocks that do not tell the date
  kRelative,   // it is only handed intervals
};

struct CodeFacts {
  /// From exported functions to the calls that were asked for, each pair once; not to those that
  /// are harmless. Calls through pointers are not seen, except for a function whose address is
  /// taken in the one that leads to it.
  std::vector<Lead> leads;
  struct Use {
    std::string_view import;
    Harmless why;
  };
  /// Of all that is imported, what is known to do no harm.
  std::vector<Use> harmless;
  /// i386: numbers of the system calls with a 32-bit time that the code makes by itself or by
  /// syscall(), sorted, each once.
  std::vector<std::uint32_t> raw_calls;
};

/// `calls`: the imports to whose use the leads are wanted. Nothing if the code cannot be followed.
std::optional<CodeFacts> follow_code(const ElfImage& image, const DynamicInfo& dynamic,
                                     const std::vector<std::string_view>& calls);

}  // namespace ttrace::audit
