#include "tracer/shim/image.h"

#include <gelf.h>
#include <libelf.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "traced_abis.h"

#define TTRACE_DECLARE(abi, name)              \
  extern const char ttrace_shim_image_##abi[]; \
  extern const char ttrace_shim_image_##abi##_end[];
#define TTRACE_RETURN(abi, name)                                                          \
  if (wanted == Abi::name) {                                                              \
    static const ShimImage image(ttrace_shim_image_##abi, ttrace_shim_image_##abi##_end); \
    return image;                                                                         \
  }

extern "C" {
TTRACE_EACH_ABI(TTRACE_DECLARE)
}

namespace ttrace {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t round_up(std::uint64_t size) { return (size + kPage - 1) / kPage * kPage; }

using ElfHandle = std::unique_ptr<Elf, int (*)(Elf*)>;

ElfHandle open_image(const char* begin, const char* end) {
  elf_version(EV_CURRENT);
  // libelf does not write to an image opened this way unless asked to.
  return {elf_memory(const_cast<char*>(begin), static_cast<std::size_t>(end - begin)), elf_end};
}

void read_symbols(Elf* elf, Elf_Scn* section, const GElf_Shdr& header,
                  std::map<std::string, std::uint64_t>& symbols) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  const std::uint64_t count = header.sh_size / header.sh_entsize;
  for (std::uint64_t i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (!gelf_getsym(data, static_cast<int>(i), &symbol)) continue;
    const char* const name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name && symbol.st_shndx != SHN_UNDEF) symbols.emplace(name, symbol.st_value);
  }
}

void read_relocations(Elf_Scn* section, const GElf_Shdr& header,
                      std::vector<std::uint64_t>& relocations) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  const std::uint64_t count = header.sh_size / header.sh_entsize;
  for (std::uint64_t i = 0; i < count; ++i) {
    GElf_Rel relocation;
    if (!gelf_getrel(data, static_cast<int>(i), &relocation)) continue;
    if (GELF_R_TYPE(relocation.r_info) != R_386_RELATIVE) {
      throw std::logic_error("the shim image has a relocation that cannot be applied");
    }
    relocations.push_back(relocation.r_offset);
  }
}

}  // namespace

const ShimImage& ShimImage::of(Abi wanted) {
  TTRACE_EACH_ABI(TTRACE_RETURN)
  throw std::logic_error("there is no shim for an ABI that is not traced");
}

ShimImage::ShimImage(const char* begin, const char* end) {
  const ElfHandle elf = open_image(begin, end);
  std::size_t segments = 0;
  elf_getphdrnum(elf.get(), &segments);
  for (std::size_t i = 0; i < segments; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr(elf.get(), static_cast<int>(i), &segment) || segment.p_type != PT_LOAD) {
      continue;
    }
    if (segment.p_flags & PF_W) {
      data_size_ = round_up(segment.p_memsz);
    } else {
      const auto* const bytes = reinterpret_cast<const std::uint8_t*>(begin) + segment.p_offset;
      text_.assign(bytes, bytes + segment.p_filesz);
      text_.resize(static_cast<std::size_t>(round_up(segment.p_memsz)));
    }
  }
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section));) {
    GElf_Shdr header;
    gelf_getshdr(section, &header);
    if (header.sh_type == SHT_SYMTAB) read_symbols(elf.get(), section, header, symbols_);
    if (header.sh_type == SHT_REL) read_relocations(section, header, relocations_);
  }
  if (symbol("ttrace_shim_data") != text_.size()) {
    throw std::logic_error("the shim's data does not start its segment");
  }
}

std::vector<std::uint8_t> ShimImage::text_at(std::uint64_t base) const {
  std::vector<std::uint8_t> text = text_;
  for (const std::uint64_t offset : relocations_) {
    std::uint32_t word;
    std::uint8_t* const at = &text.at(static_cast<std::size_t>(offset));
    std::memcpy(&word, at, sizeof word);
    word += static_cast<std::uint32_t>(base);
    std::memcpy(at, &word, sizeof word);
  }
  return text;
}

std::uint64_t ShimImage::symbol(const std::string& name) const { return symbols_.at(name); }

}  // namespace ttrace
