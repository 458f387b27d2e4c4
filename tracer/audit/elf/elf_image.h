// An ELF file as its loader sees it: program headers and the dynamic section, by address. Section
// headers are a hint at most, because a hostile or stripped file may have wrong ones or none. All
// reads are bounds-checked by libelf, in the file's byte order; nothing is mapped, so that a file
// which is cut short meanwhile cannot kill the reader.
#pragma once

#include <gelf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tracer/audit/elf/machine.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {

class ElfImage {
 public:
  /// Takes the descriptor. Not an ELF file at all, or a header that cannot be read: is_valid() is
  /// false.
  explicit ElfImage(UniqueFd fd);
  /// Of bytes in memory, which must outlive this.
  ElfImage(char* bytes, std::size_t size);
  ~ElfImage();
  ElfImage(const ElfImage&) = delete;
  ElfImage& operator=(const ElfImage&) = delete;

  bool is_valid() const { return valid_; }
  const GElf_Ehdr& header() const { return header_; }
  const Machine& machine() const { return machine_; }
  const std::vector<GElf_Phdr>& segments() const { return segments_; }
  const GElf_Phdr* segment(std::uint32_t type) const;
  Elf* elf() const { return elf_; }
  /// Bytes of the file; what lies past them does not exist.
  std::uint64_t size() const { return size_; }

  /// `size` bytes from `offset`, as entries of `type` in this machine's byte order; null if the
  /// file does not have them all. Lives as long as the image.
  Elf_Data* chunk(std::uint64_t offset, std::uint64_t size, Elf_Type type) const;
  /// The same as plain bytes; empty if not all there.
  std::string_view bytes(std::uint64_t offset, std::uint64_t size) const;

  struct Place {
    std::uint64_t offset;
    std::uint64_t left;  // bytes from there to the end of the segment or of the file
  };
  /// Where in the file an address of the program lies.
  std::optional<Place> place(std::uint64_t address) const;

 private:
  void init();

  UniqueFd fd_;
  Elf* elf_ = nullptr;
  bool valid_ = false;
  std::uint64_t size_ = 0;
  GElf_Ehdr header_{};
  Machine machine_;
  std::vector<GElf_Phdr> segments_;
};

}  // namespace ttrace::audit
