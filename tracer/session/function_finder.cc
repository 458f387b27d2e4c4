#include "tracer/session/function_finder.h"

#include <fmt/format.h>
#include <gelf.h>

#include <string_view>

namespace ttrace {
namespace {

std::optional<std::uint64_t> in_table(Elf* elf, Elf_Scn* section, const GElf_Shdr& header,
                                      std::string_view wanted) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  if (!data || header.sh_entsize == 0) return std::nullopt;
  const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    if (!gelf_getsym(data, i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
        symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) {
      continue;
    }
    const char* const name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name && wanted == name) return symbol.st_value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> FunctionFinder::find(Pid tid, const std::string& name) {
  const auto text = stacks::read_maps(tid);
  if (!text) return std::nullopt;
  auto maps = stacks::parse_maps(*text);
  stacks::strip_root(maps, stacks::root_of(tid));
  for (const stacks::Mapping& mapping : maps) {
    if (!mapping.executable || !mapping.in_file()) continue;
    const auto file = files_.open(tid, fmt::format("/proc/{}/root", raw(tid)), mapping);
    const auto value = file ? in_file(file, name) : std::nullopt;
    const auto bias = value ? file->bias(mapping) : std::nullopt;
    if (bias) return *value + *bias;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> FunctionFinder::in_file(const std::shared_ptr<stacks::ElfFile>& file,
                                                     const std::string& name) {
  const auto [known, is_new] = known_.try_emplace({file, name});
  if (!is_new) return known->second;
  Elf* const elf = file->elf();
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header)) continue;
    if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) continue;
    known->second = in_table(elf, section, header, name);
    if (known->second) break;
  }
  return known->second;
}

}  // namespace ttrace
