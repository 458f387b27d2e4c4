// The dynamic section of an ELF file: what it needs, what it takes from others, what it offers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {

/// Names are views into the image.
struct DynamicSymbol {
  std::string_view name;
  std::string_view version;  // of an import: "GLIBC_2.34"; empty: unversioned
  bool defined = false;
  bool is_function = false;
  bool weak = false;
  std::uint32_t index = 0;  // in the symbol table
  std::uint64_t value = 0;
};

/// Where the loader's relocations are.
struct RelocationTable {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  bool with_addends = false;  // Elf_Rela
};

struct DynamicInfo {
  std::vector<std::string> needed;
  std::string soname;
  std::string rpath, runpath;  // as they stand in the file, $ORIGIN and all
  bool pie_flag = false;       // DF_1_PIE
  std::vector<DynamicSymbol> symbols;
  std::uint64_t got = 0;  // DT_PLTGOT
  std::vector<RelocationTable> relocations;
  bool packed_relocations = false;     // DT_RELR: more, which are not in `relocations`
  std::vector<std::uint64_t> entries;  // DT_INIT and DT_FINI
  std::string broken;                  // what of it could not be read; empty: all was
};

/// Nothing if the file has no dynamic section. Never more than kMaxSymbols symbols.
std::optional<DynamicInfo> read_dynamic(const ElfImage& image);

constexpr std::size_t kMaxSymbols = 2'000'000;

}  // namespace ttrace::audit
