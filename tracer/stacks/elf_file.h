// One opened ELF file, shared by all address spaces that map it. Read with pread, never mapped: the
// target could shorten a mapped file and have the tracer killed by SIGBUS.
#pragma once

#include <elfutils/libdw.h>
#include <gelf.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/unique_fd.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace::stacks {

/// Which file, and in which state, for as long as it is not written to.
struct FileKey {
  dev_t dev = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t mtime_ns = 0;
  auto operator<=>(const FileKey&) const = default;
};
FileKey file_key(const struct stat& st);

/// A build id in hexadecimal.
std::string build_id_text(const void* id, std::size_t size);

class ElfFile {
 public:
  /// Null if it is not an ELF file of a supported machine.
  static std::shared_ptr<ElfFile> from_fd(UniqueFd fd);
  static std::shared_ptr<ElfFile> from_image(std::vector<std::byte> image);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  /// A reference of the caller's own, to be given up with elf_end(): libelf counts them.
  Elf* share() const;
  Elf* elf() const { return elf_; }
  const std::string& build_id() const { return build_id_; }

  /// What to add to an address of the file to get one of the target; unset: `mapping` is of no
  /// loadable segment.
  std::optional<std::uint64_t> bias(const Mapping& mapping) const;

  /// Where libdwfl has its modules begin, in the file's own addresses, and where they end.
  std::uint64_t low() const;
  std::uint64_t high() const;

  /// DT_SONAME; empty: none.
  const std::string& soname() const { return soname_; }

 private:
  ElfFile() = default;
  bool init();
  void read_segments();
  void read_build_id();
  void read_soname();

  UniqueFd fd_;
  std::vector<std::byte> image_;
  Elf* elf_ = nullptr;
  std::vector<GElf_Phdr> loads_;
  std::string build_id_;
  std::string soname_;
};

}  // namespace ttrace::stacks
