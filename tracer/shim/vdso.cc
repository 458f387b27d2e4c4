#include "tracer/shim/vdso.h"

#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "tracer/base/narrow.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

constexpr std::size_t kLargestImage = 64 * 1024;
constexpr std::size_t kPage = 4096;

std::vector<char> read_image(Pid pid, RemotePtr base) {
  std::vector<char> image(kLargestImage);
  std::size_t size = 0;
  while (size < image.size() &&
         read_memory_upto(pid, base + size, image.data() + size, kPage) == kPage) {
    size += kPage;
  }
  image.resize(size);
  return image;
}

// Where the image ends: what is mapped right behind it (a static PIE, say) is not part of it.
std::uint64_t extent(Elf* elf) {
  GElf_Ehdr header;
  if (!gelf_getehdr(elf, &header)) return 0;
  std::uint64_t end = header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
  for (int i = 0; i < header.e_phnum; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr(elf, i, &segment) || segment.p_type != PT_LOAD) continue;
    end = std::max<std::uint64_t>(end, segment.p_vaddr + segment.p_memsz);
  }
  return end;
}

std::uint64_t round_up(std::uint64_t size, std::uint64_t to) { return (size + to - 1) / to * to; }

std::optional<std::uint64_t> find_instruction(const std::vector<char>& image, std::size_t size,
                                              Abi abi) {
  const char* const bytes = abi == Abi::kI386 ? "\xcd\x80" : "\x0f\x05";
  const auto end = image.begin() + static_cast<std::ptrdiff_t>(size);
  const auto at = std::search(image.begin(), end, bytes, bytes + 2);
  if (at == end) return std::nullopt;
  return static_cast<std::uint64_t>(at - image.begin());
}

/// Calls `found(name, value, offset of st_value)` for each function of a dynamic symbol table.
template <typename Found>
void for_each_function(Elf* elf, Elf_Scn* section, Abi abi, const Found& found) {
  GElf_Shdr header;
  if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM || !header.sh_entsize) return;
  const std::uint64_t value_in_symbol =
      abi == Abi::kI386 ? offsetof(Elf32_Sym, st_value) : offsetof(Elf64_Sym, st_value);
  Elf_Data* const data = elf_getdata(section, nullptr);
  const std::uint64_t count = header.sh_size / header.sh_entsize;
  for (std::uint64_t i = 0; data && i < count; ++i) {
    GElf_Sym symbol;
    if (!gelf_getsym(data, static_cast<int>(i), &symbol)) return;
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
    const char* const name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name)
      found(name, symbol.st_value, header.sh_offset + i * header.sh_entsize + value_in_symbol);
  }
}

}  // namespace

std::optional<Vdso> Vdso::read(Pid pid, Abi abi, RemotePtr base) {
  std::vector<char> image = read_image(pid, base);
  return parse(image, abi);
}

std::optional<Vdso> Vdso::parse(std::vector<char>& image, Abi abi) {
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(image.data(), image.size()), elf_end);
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return std::nullopt;
  Vdso vdso;
  const std::uint64_t end = extent(elf.get());
  const std::size_t size = at_most(image.size(), round_up(end, kPage));
  vdso.size_ = size;
  vdso.padding_ = std::min<std::uint64_t>(vdso.size_, round_up(end, 16));
  vdso.syscall_instruction_ = find_instruction(image, size, abi);
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section));) {
    for_each_function(elf.get(), section, abi,
                      [&](const char* name, std::uint64_t value, std::uint64_t value_offset) {
                        if (value < image.size()) vdso.symbols_[name] = {value, value_offset};
                      });
  }
  return vdso;
}

const VdsoSymbol* Vdso::find(const std::string& name) const {
  const auto found = symbols_.find(name);
  return found == symbols_.end() ? nullptr : &found->second;
}

}  // namespace ttrace
