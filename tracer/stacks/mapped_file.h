// From a line of /proc/PID/maps to the opened ELF file it stands for: the path is the target's word
// for it, in the target's root, and may by now name another file, a FIFO or nothing.
#pragma once

#include <list>
#include <map>
#include <memory>

#include "tracer/base/types.h"
#include "tracer/stacks/elf_file.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace::stacks {

/// A file found by its mapping, not yet opened for reading (O_PATH: opening it has no effects).
struct FoundFile {
  UniqueFd path;
  FileKey key;
};
/// `root`: a path to where its name begins.
std::optional<FoundFile> find_mapped_file(Pid tid, const std::string& root, const Mapping& mapping);

/// The ELF files in use, and the last few used, each opened once however many processes map it.
class FileCache {
 public:
  /// Null if the file cannot be had or is no ELF file.
  std::shared_ptr<ElfFile> open(Pid tid, const std::string& root, const Mapping& mapping);

 private:
  std::shared_ptr<ElfFile> reopen(const FoundFile& found);
  void keep(const std::shared_ptr<ElfFile>& file);

  std::map<FileKey, std::weak_ptr<ElfFile>> files_;
  std::list<std::shared_ptr<ElfFile>> recent_;
};

}  // namespace ttrace::stacks
