#include "tracer/audit/elf/elf_image.h"

#include <sys/stat.h>

#include <algorithm>

namespace ttrace::audit {
namespace {

// More than any linker makes; a hostile header may claim 2^32.
constexpr std::size_t kMaxSegments = 4096;

}  // namespace

ElfImage::ElfImage(UniqueFd fd) : fd_(std::move(fd)) {
  ::elf_version(EV_CURRENT);
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) return;
  size_ = static_cast<std::uint64_t>(st.st_size);
  elf_ = ::elf_begin(fd_.get(), ELF_C_READ, nullptr);
  init();
}

ElfImage::ElfImage(char* bytes, std::size_t size) : size_(size) {
  ::elf_version(EV_CURRENT);
  elf_ = ::elf_memory(bytes, size);
  init();
}

ElfImage::~ElfImage() { ::elf_end(elf_); }

void ElfImage::init() {
  if (elf_ == nullptr || ::elf_kind(elf_) != ELF_K_ELF) return;
  if (::gelf_getehdr(elf_, &header_) == nullptr) return;
  machine_ = machine_of(header_);
  std::size_t count = 0;
  if (::elf_getphdrnum(elf_, &count) != 0) return;
  for (std::size_t i = 0; i < std::min(count, kMaxSegments); ++i) {
    GElf_Phdr segment;
    if (::gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr) return;
    segments_.push_back(segment);
  }
  valid_ = true;
}

const GElf_Phdr* ElfImage::segment(std::uint32_t type) const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [type](const GElf_Phdr& s) { return s.p_type == type; });
  return found == segments_.end() ? nullptr : &*found;
}

Elf_Data* ElfImage::chunk(std::uint64_t offset, std::uint64_t size, Elf_Type type) const {
  if (size == 0 || offset > size_ || size > size_ - offset) return nullptr;
  return ::elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(offset),
                                static_cast<std::size_t>(size), type);
}

std::string_view ElfImage::bytes(std::uint64_t offset, std::uint64_t size) const {
  const Elf_Data* data = chunk(offset, size, ELF_T_BYTE);
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const char*>(data->d_buf), data->d_size};
}

std::optional<ElfImage::Place> ElfImage::place(std::uint64_t address) const {
  for (const GElf_Phdr& s : segments_) {
    if (s.p_type != PT_LOAD || address < s.p_vaddr) continue;
    const std::uint64_t into = address - s.p_vaddr;
    if (into >= s.p_filesz || s.p_offset > size_ || into >= size_ - s.p_offset) continue;
    const std::uint64_t offset = s.p_offset + into;
    return Place{offset, std::min(s.p_filesz - into, size_ - offset)};
  }
  return std::nullopt;
}

}  // namespace ttrace::audit
