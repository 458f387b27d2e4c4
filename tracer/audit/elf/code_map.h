// A file's functions and the direct calls between them.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/dynamic.h"
#include "tracer/audit/elf/elf_image.h"
#include "tracer/audit/elf/slots.h"

namespace ttrace::audit {

class CodeMap {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  CodeMap(const ElfImage& image, const DynamicInfo& dynamic);

  std::size_t size() const { return starts_.size(); }
  std::uint64_t start(std::size_t function) const { return starts_[function]; }
  /// Its bytes, up to the next one's start.
  std::string_view bytes(std::size_t function) const;
  /// The function that contains an address, as an index; kNone: none.
  std::size_t function_of(std::uint64_t address) const;
  /// The same for the address of its start alone.
  std::size_t function_at(std::uint64_t address) const;
  bool is_code(std::uint64_t address) const {
    return limits_.has(static_cast<std::uint32_t>(address)) &&
           (code_.size() == 1 || is_in_code(address));
  }

  /// Functions that call that one, jump to its start or take its address.
  const std::vector<std::size_t>& callers(std::size_t function) const { return callers_[function]; }
  /// Functions that this one may lead to, in any way that is seen: more than it calls.
  const std::vector<std::size_t>& callees(std::size_t function) const { return callees_[function]; }

  struct Site {
    std::uint64_t place;
    std::size_t function;  // kNone: in no known one
  };
  /// Where an imported function is called, jumped to, or has the address of its stub taken.
  const std::vector<Site>& sites(std::string_view import) const;
  /// Whether the import is used in other ways too: as a pointer in data or code.
  bool is_pointed_to(std::string_view import) const;
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

  bool is_arm() const;
  bool is_within(std::size_t function, std::uint64_t address) const;
  std::uint64_t plain(std::uint64_t address) const;
  Range limits() const;
  bool is_in_code(std::uint64_t address) const;
  void read_code();
  void find_stubs();
  void find_functions();
  void find_calls();
  void add_branch(std::uint64_t place, std::uint64_t target);
  void add_edge(std::size_t from, std::size_t to);
  void find_pointers();
  bool is_call(std::uint64_t place) const;

  const ElfImage& image_;
  const DynamicInfo& dynamic_;
  std::vector<Code> code_;
  Range limits_{0, 0};  // from the first byte of code to the last
  std::unordered_map<std::uint64_t, Slot> slots_;
  std::map<std::uint64_t, const Slot*> stubs_;  // by address
  std::vector<std::uint64_t> starts_;           // sorted
  std::size_t at_ = kNone;                      // the function of the last branch's place
  bool has_unwind_table_ = false;
  std::vector<std::vector<std::size_t>> callers_, callees_;
  std::unordered_map<std::string_view, std::vector<Site>> sites_;
  std::unordered_map<std::string_view, bool> pointed_to_;
};

}  // namespace ttrace::audit
