#include "tracer/stacks/dwarf_sanity.h"

#include <dwarf.h>
#include <elfutils/libdwelf.h>

#include <string_view>

namespace ttrace::stacks {
namespace {

bool holds_strings(Elf* elf, std::size_t names, const GElf_Shdr& header) {
  const char* name = ::elf_strptr(elf, names, header.sh_name);
  if (name == nullptr || header.sh_type == SHT_NOBITS) return false;
  const std::string_view text(name);
  // Compressed ones are called .zdebug_*.
  return text.ends_with("debug_str") || text.ends_with("debug_line_str");
}

bool ends_in_nul(Elf_Scn* section) {
  const Elf_Data* data = ::elf_rawdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr || data->d_size == 0) return true;
  return static_cast<const char*>(data->d_buf)[data->d_size - 1] == '\0';
}

// The sections were already read, and expanded in place, when `dwarf` was opened.
bool strings_terminated(Dwarf* dwarf) {
  Elf* elf = ::dwarf_getelf(dwarf);
  std::size_t names = 0;
  if (elf == nullptr || ::elf_getshdrstrndx(elf, &names) != 0) return true;
  for (Elf_Scn* section = nullptr; (section = ::elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (::gelf_getshdr(section, &header) == nullptr || !holds_strings(elf, names, header)) continue;
    if (!ends_in_nul(section)) return false;
  }
  return true;
}

bool has_link(Dwarf* dwarf) {
  const char* path = nullptr;
  const void* build_id = nullptr;
  return ::dwelf_dwarf_gnu_debugaltlink(dwarf, &path, &build_id) != 0;
}

}  // namespace

bool is_safe(Dwarf* dwarf, bool shared_attached) {
  if (!strings_terminated(dwarf)) return false;
  if (!has_link(dwarf)) return true;
  Dwarf* shared = shared_attached ? ::dwarf_getalt(dwarf) : nullptr;
  return shared != nullptr && !has_link(shared) && strings_terminated(shared);
}

bool is_whole(Dwarf_Die* unit) {
  std::uint8_t type = 0;
  return ::dwarf_cu_info(unit->cu, nullptr, &type, nullptr, nullptr, nullptr, nullptr, nullptr) ==
             0 &&
         type != DW_UT_skeleton;
}

}  // namespace ttrace::stacks
