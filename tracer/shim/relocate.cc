#include "tracer/shim/relocate.h"

#include <Zydis/Zydis.h>

#include <algorithm>
#include <cstring>

namespace ttrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kJump = 0xe9, kPush = 0x68;

void append_word(Bytes& to, std::uint64_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

/// From the instruction that ends at `end` to `target`; i386 addresses wrap around.
std::optional<std::uint32_t> distance(Abi abi, std::uint64_t end, std::uint64_t target) {
  const auto wide = static_cast<std::int64_t>(target - end);
  if (abi == Abi::kX86_64 && wide != static_cast<std::int32_t>(wide)) return std::nullopt;
  return static_cast<std::uint32_t>(wide);
}

bool append_jump(Bytes& code, Abi abi, std::uint64_t base, std::uint64_t target) {
  const auto operand = distance(abi, base + code.size() + kJumpSize, target);
  if (!operand) return false;
  code.push_back(kJump);
  append_word(code, *operand);
  return true;
}

class Relocator {
 public:
  Relocator(Abi abi, const Bytes& code, std::uint64_t from, std::uint64_t to)
      : abi_(abi), code_(code), from_(from), to_(to) {
    const bool wide = abi == Abi::kX86_64;
    ZydisDecoderInit(&decoder_,
                     wide ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
                     wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32);
  }

  std::optional<Relocated> run() {
    bool leaves = false;
    while (at_ < kJumpSize && !leaves) {
      if (!next(leaves) || out_.size() > kMostRelocated - 2 * kJumpSize) return std::nullopt;
    }
    if (at_ < kJumpSize) return std::nullopt;
    if (!leaves && !append_jump(out_, abi_, to_, from_ + at_)) return std::nullopt;
    return Relocated{at_, out_};
  }

 private:
  bool next(bool& leaves) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, code_.data() + at_, code_.size() - at_,
                                             &instruction, operands))) {
      return false;
    }
    const std::size_t start = at_;
    at_ += instruction.length;
    if (instruction.raw.imm[0].is_relative) return branch(instruction, leaves);
    if (instruction.meta.category == ZYDIS_CATEGORY_RET) return false;
    const std::size_t put = out_.size();
    out_.insert(out_.end(), code_.begin() + static_cast<std::ptrdiff_t>(start),
                code_.begin() + static_cast<std::ptrdiff_t>(at_));
    const bool relative = (instruction.attributes & ZYDIS_ATTRIB_IS_RELATIVE) != 0;
    return !relative || adjust(instruction, start, put);
  }

  /// An operand in memory that is named by its distance from the instruction.
  bool adjust(const ZydisDecodedInstruction& instruction, std::size_t start, std::size_t put) {
    if (instruction.raw.disp.size != 32) return false;
    const std::uint64_t target =
        from_ + start + instruction.length + static_cast<std::uint64_t>(instruction.raw.disp.value);
    const auto operand = distance(abi_, to_ + put + instruction.length, target);
    if (!operand) return false;
    std::memcpy(&out_[put + instruction.raw.disp.offset], &*operand, sizeof *operand);
    return true;
  }

  // A call to the next instruction's own address book, as position independent i386 code begins:
  // the callee reads where it was called from. It returns to the original, behind the jump.
  bool branch(const ZydisDecodedInstruction& instruction, bool& leaves) {
    const bool calls = instruction.meta.category == ZYDIS_CATEGORY_CALL;
    const bool jumps = instruction.mnemonic == ZYDIS_MNEMONIC_JMP;
    if (at_ < kJumpSize || (!jumps && !(calls && abi_ == Abi::kI386))) return false;
    const std::uint64_t target =
        from_ + at_ + static_cast<std::uint64_t>(instruction.raw.imm[0].value.s);
    if (target - from_ < at_) return false;
    leaves = true;
    if (calls) {
      out_.push_back(kPush);
      append_word(out_, from_ + at_);
    }
    return append_jump(out_, abi_, to_, target);
  }

  Abi abi_;
  const Bytes& code_;
  std::uint64_t from_, to_;
  ZydisDecoder decoder_;
  std::size_t at_ = 0;
  Bytes out_;
};

}  // namespace

std::optional<Bytes> jump(Abi abi, std::uint64_t at, std::uint64_t target) {
  Bytes code;
  if (!append_jump(code, abi, at, target)) return std::nullopt;
  return code;
}

std::optional<Relocated> relocate(Abi abi, const Bytes& code, std::uint64_t from,
                                  std::uint64_t to) {
  return Relocator(abi, code, from, to).run();
}

}  // namespace ttrace
