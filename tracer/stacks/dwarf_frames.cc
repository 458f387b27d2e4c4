// Source lines and inlined calls of an address, out of DWARF.
#include <dwarf.h>

#include <algorithm>
#include <cstdlib>

#include "tracer/stacks/debug_info.h"
#include "tracer/stacks/dwarf_sanity.h"
#include "tracer/stacks/symbol_name.h"

namespace ttrace::stacks {
namespace {

struct SourceLine {
  std::optional<std::string> file;
  std::optional<int> line;
};

using Scopes = std::vector<Dwarf_Die>;

Scopes take(Dwarf_Die* scopes, int count) {
  Scopes taken;
  if (count > 0) taken.assign(scopes, scopes + count);
  std::free(scopes);
  return taken;
}

/// The unit that holds `address`. Some compilers write no .debug_aranges, which is all that libdwfl
/// asks: then the units themselves are.
Dwarf_Die* unit_at(Dwfl_Module* module, Dwarf_Addr address, Dwarf_Addr& bias) {
  if (Dwarf_Die* unit = ::dwfl_module_addrdie(module, address, &bias)) return unit;
  Dwarf_Die* unit = nullptr;
  while ((unit = ::dwfl_module_nextcu(module, unit, &bias)) != nullptr) {
    if (is_whole(unit) && ::dwarf_haspc(unit, address - bias) > 0) return unit;
  }
  return nullptr;
}

/// From the innermost scope at `address` outwards, by where the code is. (dwarf_getscopes leaves
/// an inlined function by where its source is, so that only its first answer is of use.)
Scopes scopes_at(Dwarf_Die* unit, Dwarf_Addr address) {
  Dwarf_Die* found = nullptr;
  int count = ::dwarf_getscopes(unit, address, &found);
  Scopes scopes = take(found, count);
  if (scopes.empty()) return scopes;
  found = nullptr;
  count = ::dwarf_getscopes_die(&scopes[0], &found);
  return take(found, count);
}

SourceLine line_at(Dwarf_Die* unit, Dwarf_Addr address) {
  SourceLine source;
  Dwarf_Line* line = ::dwarf_getsrc_die(unit, address);
  if (line == nullptr) return source;
  int number = 0;
  if (const char* file = ::dwarf_linesrc(line, nullptr, nullptr)) source.file = file;
  if (::dwarf_lineno(line, &number) == 0 && number > 0) source.line = number;
  return source;
}

std::optional<Dwarf_Word> number_of(Dwarf_Die* die, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (::dwarf_attr(die, attribute, &found) == nullptr) return std::nullopt;
  if (::dwarf_formudata(&found, &value) != 0) return std::nullopt;
  return value;
}

SourceLine call_site(Dwarf_Die* unit, Dwarf_Die* inlined) {
  SourceLine source;
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  const auto file = number_of(inlined, DW_AT_call_file);
  if (file && ::dwarf_getsrcfiles(unit, &files, &count) == 0 && *file < count) {
    if (const char* name =
            ::dwarf_filesrc(files, static_cast<std::size_t>(*file), nullptr, nullptr))
      source.file = name;
  }
  const auto line = number_of(inlined, DW_AT_call_line);
  if (line && *line > 0 && *line < 0x7fffffff) source.line = static_cast<int>(*line);
  return source;
}

std::optional<std::string> name_of(Dwarf_Die* function) {
  for (const unsigned attribute : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name}) {
    Dwarf_Attribute found;
    if (::dwarf_attr_integrate(function, attribute, &found) == nullptr) continue;
    const char* name = ::dwarf_formstring(&found);
    if (name != nullptr && *name != '\0') return readable(name);
  }
  return std::nullopt;
}

Frame make_frame(Dwarf_Die* function, const SourceLine& source) {
  Frame frame;
  frame.file = source.file;
  frame.line = source.line;
  if (function == nullptr) return frame;
  frame.function = name_of(function);
  frame.inlined = ::dwarf_tag(function) == DW_TAG_inlined_subroutine;
  return frame;
}

/// The offset counts from the entry, which need not be the lowest address of the function.
void set_offset(Frame& frame, Dwarf_Die* function, Dwarf_Addr address) {
  Dwarf_Addr entry = 0;
  if (frame.function && ::dwarf_entrypc(function, &entry) == 0 && entry <= address) {
    frame.function_offset = address - entry;
  }
}

}  // namespace

Stack frames_by_dwarf(Dwfl_Module* module, std::uint64_t address) {
  Stack frames;
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = unit_at(module, address, bias);
  if (unit == nullptr || !is_whole(unit)) return frames;
  SourceLine source = line_at(unit, address - bias);
  for (Dwarf_Die& scope : scopes_at(unit, address - bias)) {
    const int tag = ::dwarf_tag(&scope);
    if (tag == DW_TAG_inlined_subroutine) {
      frames.push_back(make_frame(&scope, source));
      source = call_site(unit, &scope);
    } else if (tag == DW_TAG_subprogram) {
      frames.push_back(make_frame(&scope, source));
      set_offset(frames.back(), &scope, address - bias);
      return frames;
    }
  }
  frames.push_back(make_frame(nullptr, source));
  return frames;
}

}  // namespace ttrace::stacks
