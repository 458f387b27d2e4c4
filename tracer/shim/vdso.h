// The kernel's vDSO as the targets of one ABI have it: parsed once per ABI from a target's memory,
// because the kernel maps the same image into every process.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/base/types.h"

namespace ttrace {

struct VdsoSymbol {
  std::uint64_t value;         // the function, from the image's base
  std::uint64_t value_offset;  // where st_value itself lies, from the image's base
};

class Vdso {
 public:
  /// Parses the image that `pid` has at `base`; nullopt if there is none worth the name.
  static std::optional<Vdso> read(Pid pid, Abi abi, RemotePtr base);
  /// The same from a copy of the image, with whatever lies behind it in memory. libelf may write
  /// to the copy.
  static std::optional<Vdso> parse(std::vector<char>& image, Abi abi);

  const VdsoSymbol* find(const std::string& name) const;
  const std::map<std::string, VdsoSymbol>& symbols() const { return symbols_; }
  std::uint64_t size() const { return size_; }
  /// Where the image ends, and nothing but zeros fills its last page: from the base.
  std::uint64_t padding() const { return padding_; }
  /// Offset of a `syscall` or `int $0x80` instruction.
  std::optional<std::uint64_t> syscall_instruction() const { return syscall_instruction_; }

 private:
  std::uint64_t size_ = 0;
  std::uint64_t padding_ = 0;
  std::map<std::string, VdsoSymbol> symbols_;
  std::optional<std::uint64_t> syscall_instruction_;
};

}  // namespace ttrace
