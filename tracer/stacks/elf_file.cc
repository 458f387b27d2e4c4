#include "tracer/stacks/elf_file.h"

#include <elfutils/libdwelf.h>
#include <fmt/format.h>

#include <algorithm>

namespace ttrace::stacks {
namespace {

constexpr std::uint64_t kPageMask = 4095;
constexpr std::size_t kMaxBuildId = 64;

}  // namespace

FileKey file_key(const struct stat& st) {
  return {st.st_dev, st.st_ino, st.st_size,
          std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec};
}

std::string build_id_text(const void* id, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(id);
  std::string text;
  for (std::size_t i = 0; i < std::min(size, kMaxBuildId); ++i) {
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

std::shared_ptr<ElfFile> ElfFile::from_fd(UniqueFd fd) {
  ::elf_version(EV_CURRENT);
  std::shared_ptr<ElfFile> file(new ElfFile);
  file->fd_ = std::move(fd);
  file->elf_ = ::elf_begin(file->fd_.get(), ELF_C_READ, nullptr);
  return file->init() ? file : nullptr;
}

std::shared_ptr<ElfFile> ElfFile::from_image(std::vector<std::byte> image) {
  ::elf_version(EV_CURRENT);
  std::shared_ptr<ElfFile> file(new ElfFile);
  file->image_ = std::move(image);
  file->elf_ = ::elf_memory(reinterpret_cast<char*>(file->image_.data()), file->image_.size());
  return file->init() ? file : nullptr;
}

ElfFile::~ElfFile() { ::elf_end(elf_); }

bool ElfFile::init() {
  if (elf_ == nullptr || ::elf_kind(elf_) != ELF_K_ELF) return false;
  GElf_Ehdr header;
  if (::gelf_getehdr(elf_, &header) == nullptr) return false;
  if (header.e_machine != EM_X86_64 && header.e_machine != EM_386) return false;
  read_segments();
  read_build_id();
  read_soname();
  return !loads_.empty();
}

void ElfFile::read_segments() {
  std::size_t count = 0;
  if (::elf_getphdrnum(elf_, &count) != 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (::gelf_getphdr(elf_, static_cast<int>(i), &header) == nullptr) return;
    if (header.p_type == PT_LOAD) loads_.push_back(header);
  }
}

void ElfFile::read_build_id() {
  const void* id = nullptr;
  const ssize_t size = ::dwelf_elf_gnu_build_id(elf_, &id);
  if (size > 0) build_id_ = build_id_text(id, static_cast<std::size_t>(size));
}

void ElfFile::read_soname() {
  for (Elf_Scn* section = nullptr; (section = ::elf_nextscn(elf_, section)) != nullptr;) {
    GElf_Shdr header;
    if (::gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNAMIC) continue;
    Elf_Data* data = ::elf_getdata(section, nullptr);
    GElf_Dyn entry;
    for (int i = 0; data != nullptr && ::gelf_getdyn(data, i, &entry) != nullptr; ++i) {
      if (entry.d_tag != DT_SONAME) continue;
      const char* name =
          ::elf_strptr(elf_, header.sh_link, static_cast<std::size_t>(entry.d_un.d_val));
      if (name != nullptr) soname_ = name;
      return;
    }
  }
}

Elf* ElfFile::share() const { return ::elf_begin(-1, ELF_C_READ, elf_); }

std::optional<std::uint64_t> ElfFile::bias(const Mapping& mapping) const {
  const GElf_Phdr* best = nullptr;
  for (const GElf_Phdr& load : loads_) {
    const bool covers = mapping.offset >= (load.p_offset & ~kPageMask) &&
                        mapping.offset - (load.p_offset & ~kPageMask) <
                            (load.p_filesz + (load.p_offset & kPageMask) + kPageMask);
    // Two segments may share a page of the file: then the one with the mapping's rights is meant.
    const bool fits = mapping.executable == ((load.p_flags & PF_X) != 0);
    if (covers && (best == nullptr || fits)) best = &load;
  }
  if (best == nullptr) return std::nullopt;
  return mapping.start - mapping.offset + best->p_offset - best->p_vaddr;
}

// Both as libdwfl computes them (libdwfl/dwfl_module_getdwarf.c, open_elf).
std::uint64_t ElfFile::low() const { return loads_[0].p_vaddr & -loads_[0].p_align; }

std::uint64_t ElfFile::high() const {
  std::uint64_t high = low() + 1;
  for (const GElf_Phdr& load : loads_) high = std::max(high, load.p_vaddr + load.p_memsz);
  return high;
}

}  // namespace ttrace::stacks
