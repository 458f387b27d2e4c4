// A file's functions and the direct calls between them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/dynamic.h"
#include "tracer/audit/elf/edges.h"
#include "tracer/audit/elf/elf_image.h"
#include "tracer/audit/elf/function_starts.h"
#include "tracer/audit/elf/slots.h"

namespace ttrace::audit {

class CodeMap {
 public:
  static constexpr std::size_t kNone = FunctionStarts::kNone;

  CodeMap(const ElfImage& image, const DynamicInfo& dynamic);

  std::size_t size() const { return starts_.size(); }
  std::uint64_t start(std::size_t function) const { return starts_[function]; }
  /// Its bytes, up to the next one's start.
  std::string_view bytes(std::size_t function) const;
  /// The function that contains an address, as an index; kNone: none.
  std::size_t function_of(std::uint64_t address) const { return starts_.of(address); }
  /// The same for the address of its start alone.
  std::size_t function_at(std::uint64_t address) const;
  /// From the first byte of code to the last.
  Range limits() const { return limits_; }
  bool is_code(std::uint64_t address) const {
    return limits_.has(static_cast<std::uint32_t>(address)) &&
           (code_.size() == 1 || is_in_code(address));
  }

  /// For each function those that call it, jump to its start or take its address. Made anew by
  /// each call.
  Neighbours callers() const { return {calls_, size(), true}; }
  /// For each function those that it may lead to, in any way that is seen: more than it calls.
  Neighbours callees() const { return {ways_, size(), false}; }

  struct Site {
    std::uint64_t place;
    std::size_t function;  // kNone: in no known one
  };
  /// Where an imported function is called, jumped to, or has the address of its stub taken.
  const std::vector<Site>& sites(std::string_view import) const;
  /// Whether the import is used in other ways too: as a pointer in data or code.
  /// The code is looked through for that once, when it is asked for one whose slot may be loaded.
  bool is_pointed_to(std::string_view import);
  /// Calls `take` with the bytes of each piece of code, and its address.
  template <typename Take>
  void for_code(Take take) const {
    for (const Code& code : code_) take(code.bytes, code.address);
  }
  /// Every code of the file has a known start.
  bool knows_functions() const { return has_unwind_table_; }

 private:
  struct Code {
    std::string_view bytes;
    std::uint64_t address;
  };

  struct Stub {
    std::uint64_t place;
    const Slot* slot;
    std::vector<Site>* sites;  // of what the slot holds
  };

  bool is_arm() const;
  std::uint64_t plain(std::uint64_t address) const;
  bool is_in_code(std::uint64_t address) const;
  void read_code();
  void find_stubs();
  void find_functions();
  void find_calls();
  void add_branch(std::uint64_t place, std::uint64_t target);
  const Stub* stub_at(std::uint64_t address, std::size_t function) const;
  void find_pointers();
  void find_loads();
  bool is_call(std::uint64_t place) const;

  const ElfImage& image_;
  const DynamicInfo& dynamic_;
  std::vector<Code> code_;
  Range limits_{0xffffffff, 0};
  std::unordered_map<std::uint64_t, Slot> slots_;
  std::vector<Stub> stubs_;           // by their places
  std::vector<Stub> inside_;          // those that are calls inside of functions
  std::vector<const Stub*> stub_of_;  // by function; null: it is not one
  FunctionStarts starts_;
  // The function of the last branch's place, if any, and where it begins and ends.
  std::size_t at_ = kNone;
  std::uint64_t at_first_ = 0, at_end_ = 0;
  bool has_unwind_table_ = false;
  std::vector<Edge> calls_, ways_;  // to functions' starts; to anywhere in a function
  std::unordered_map<std::string_view, std::vector<Site>> sites_;
  std::unordered_set<std::string_view> pointed_to_;
  std::map<std::uint32_t, std::string_view> loaded_;  // by displacement: imports not yet looked for
};

}  // namespace ttrace::audit
