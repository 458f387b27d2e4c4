// .eh_frame_hdr's sorted table (LSB core specification, "DWARF Extensions") and ARM's .ARM.exidx
// (Exception Handling ABI for the Arm Architecture, section 6).
#include "tracer/audit/elf/unwind_starts.h"

#include <algorithm>

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxEntries = 1'000'000;

// Version 1, pointer relative to its place, count as a plain number, table relative to the header:
// what GNU ld, gold and lld write.
constexpr unsigned char kVersion = 1, kCountEncoding = 0x03, kTableEncoding = 0x3b;

std::vector<std::uint64_t> from_frame_header(const ElfImage& image, const GElf_Phdr& segment) {
  const std::string_view head = image.bytes(segment.p_offset, 4);
  if (head.size() < 4 || head[0] != kVersion || head[2] != kCountEncoding ||
      head[3] != kTableEncoding)
    return {};
  Elf_Data* words =
      image.chunk(segment.p_offset + 4, (segment.p_filesz - 4) & ~std::uint64_t{3}, ELF_T_WORD);
  if (words == nullptr || words->d_size < 8) return {};
  const auto* word = static_cast<const std::uint32_t*>(words->d_buf);
  const std::uint64_t count =
      std::min<std::uint64_t>({word[1], (words->d_size / 4 - 2) / 2, kMaxEntries});
  std::vector<std::uint64_t> starts;
  for (std::uint64_t i = 0; i < count; ++i) {
    starts.push_back(static_cast<std::uint32_t>(segment.p_vaddr + word[2 + i * 2]));
  }
  return starts;
}

std::vector<std::uint64_t> from_exidx(const ElfImage& image, const GElf_Phdr& segment) {
  Elf_Data* words = image.chunk(segment.p_offset, segment.p_filesz & ~std::uint64_t{7}, ELF_T_WORD);
  if (words == nullptr) return {};
  const auto* word = static_cast<const std::uint32_t*>(words->d_buf);
  std::vector<std::uint64_t> starts;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(words->d_size / 8, kMaxEntries); ++i) {
    const std::int32_t offset = static_cast<std::int32_t>(word[i * 2] << 1) >> 1;  // prel31
    starts.push_back(static_cast<std::uint32_t>(segment.p_vaddr + i * 8 + offset));
  }
  return starts;
}

}  // namespace

std::vector<std::uint64_t> unwind_starts(const ElfImage& image) {
  constexpr std::uint32_t kArmExidx = 0x70000001;  // PT_ARM_EXIDX: of the processor's own range
  if (image.machine().code == EM_ARM) {
    const GElf_Phdr* exidx = image.segment(kArmExidx);
    return exidx == nullptr || exidx->p_filesz < 8 ? std::vector<std::uint64_t>{}
                                                   : from_exidx(image, *exidx);
  }
  const GElf_Phdr* header = image.segment(PT_GNU_EH_FRAME);
  return header == nullptr || header->p_filesz < 12 ? std::vector<std::uint64_t>{}
                                                    : from_frame_header(image, *header);
}

}  // namespace ttrace::audit
