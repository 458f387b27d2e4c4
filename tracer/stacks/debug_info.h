// What is known about the addresses of one ELF file: functions, source lines, inlined calls. In the
// file's own addresses, so that it serves every process that maps the file.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzers/event.h"
#include "tracer/stacks/elf_file.h"
#include "tracer/stacks/symbol_table.h"

namespace ttrace::stacks {

class DebugInfo {
 public:
  /// `root` is a path to the root directory of a process that maps the file: separate debug files
  /// are looked for there as well as on the tracer's own disk.
  static std::unique_ptr<DebugInfo> open(std::shared_ptr<ElfFile> file, std::string root);
  ~DebugInfo();
  DebugInfo(const DebugInfo&) = delete;
  DebugInfo& operator=(const DebugInfo&) = delete;

  /// The frames at `address`, inlined ones first, the function itself last. Filled in: function,
  /// function_offset (relative to `address`), file, line, inlined.
  const Stack& at(std::uint64_t address);

 private:
  DebugInfo(std::shared_ptr<ElfFile> file, std::string root);
  bool report();
  Stack look_up(std::uint64_t address);
  bool dwarf_usable();
  UniqueFd open_separate() const;
  UniqueFd open_shared(Dwfl_Module* module) const;

  static int find_elf(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base,
                      char** path, Elf** elf);
  static int find_debuginfo(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base,
                            const char* path, const char* link, GElf_Word crc, char** debug_path);
  static const Dwfl_Callbacks kCallbacks;

  std::shared_ptr<ElfFile> file_;
  std::string root_;
  Dwfl* dwfl_ = nullptr;
  Dwfl_Module* module_ = nullptr;
  std::optional<SymbolTable> symbols_;
  bool shared_attached_ = false;
  std::optional<bool> dwarf_usable_;
  std::unordered_map<std::uint64_t, Stack> known_;
};

/// The inlined calls and the function that `address` of `module` lies in, by DWARF; empty: no DWARF
/// for it. The frame of the function itself comes last.
Stack frames_by_dwarf(Dwfl_Module* module, std::uint64_t address);

}  // namespace ttrace::stacks
