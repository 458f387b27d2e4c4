// What is mapped where in one process, and which ELF files it is. Read when first needed, read
// again when an address is not known or the knowledge has grown old; or told by the process itself,
// which may be gone by now.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/types.h"
#include "tracer/stacks/mapped_file.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace::stacks {

/// Where an address lies. `file` is null for anonymous memory and files that cannot be read.
struct Place {
  std::string name;
  std::shared_ptr<ElfFile> file;
  std::uint64_t bias = 0;
  std::uint64_t start = 0;  // of the mapping
  std::uint64_t end = 0;
};

class AddressSpace {
 public:
  AddressSpace(Pid pid, FileCache& files) : tid_(pid), files_(files) {}

  /// A live thread to reach the process by.
  void reach_by(Pid tid) { tid_ = tid; }

  /// From now on `maps` is all that is known, and `root` a path to where its names begin.
  void fix(std::string_view maps, std::string root);
  /// A path to the root directory of the process.
  std::string root() const;

  /// Reads the maps again if they are old enough to doubt.
  void refresh_if_old();
  /// Reads the maps again because something did not fit them; false: nothing changed, or reading
  /// them costs so much that it has to wait.
  bool refresh_on_doubt();
  /// The maps are known to have changed: the next use reads them.
  void invalidate() { read_at_ = {}; }

  bool executable(std::uint64_t address) const;
  std::optional<Place> locate(std::uint64_t address);
  /// Like locate(), also in what was mapped when earlier stacks were taken.
  std::optional<Place> locate_or_past(std::uint64_t address);

  /// Counts up when a mapping that locate() has named is gone.
  unsigned generation() const { return generation_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot {
    Mapping mapping;
    bool located = false;
    std::shared_ptr<ElfFile> file;
    std::uint64_t bias = 0;
  };
  bool refresh();
  const Slot* slot_at(std::uint64_t address) const;
  void replace(std::vector<Mapping> maps);
  void retire(Slot& slot);
  void open(Slot& slot);
  std::shared_ptr<ElfFile> copy_vdso(const Mapping& mapping) const;
  static Place place_of(const Slot& slot);

  Pid tid_;
  std::optional<std::string> fixed_root_;
  FileCache& files_;
  std::vector<Slot> slots_;    // by address
  std::vector<Slot> retired_;  // latest last
  unsigned generation_ = 0;
  std::size_t text_hash_ = 0;
  Clock::time_point read_at_;
  Clock::duration read_cost_{};
};

}  // namespace ttrace::stacks
