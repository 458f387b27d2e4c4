// The functions of one ELF file by address, from whichever of its symbol tables is the fullest.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tracer/stacks/symbol_name.h"

namespace ttrace::stacks {

struct FunctionAt {
  std::string name;
  std::uint64_t start = 0;
};

class SymbolTable {
 public:
  /// The functions of `module` within [low, high). It must outlive the table.
  SymbolTable(Dwfl_Module* module, std::uint64_t low, std::uint64_t high);

  /// The function whose extent holds `address`; of nested ones the inner, of aliases the best.
  std::optional<FunctionAt> find(std::uint64_t address);

 private:
  struct Entry {
    std::uint64_t start;
    std::uint32_t size;
    std::uint32_t index;  // libdwfl's
  };
  void collect_private_names();
  SymbolName name_of(const Entry& entry) const;
  std::vector<Entry> holding(std::uint64_t address);

  Dwfl_Module* module_;
  std::vector<Entry> entries_;  // by start, once there were kMostUnsorted searches
  int searches_ = 0;
  std::unordered_set<std::string_view> private_names_;
};

}  // namespace ttrace::stacks
