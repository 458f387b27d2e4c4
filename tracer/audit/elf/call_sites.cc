// The arguments of a call lie on the stack (System V ABI, Intel386 supplement, 3-12): constants
// that are pushed, or stored relative to %esp, are followed along straight code. Where another way
// may lead in, all is forgotten.
#include "tracer/audit/elf/call_sites.h"

#include <Zydis/Zydis.h>

#include <map>
#include <unordered_set>

namespace ttrace::audit {
namespace {

constexpr std::size_t kMaxFunction = 256 * 1024;
constexpr int kMaxStack = 4096;  // bytes below and above that are followed
constexpr int kAfter = 12;       // instructions after the call within which its result is looked at
constexpr std::size_t kRegisters = 8;

using Value = std::optional<std::uint32_t>;

struct Instruction {
  ZydisDecodedInstruction head;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

  bool is(ZydisMnemonic mnemonic) const { return head.mnemonic == mnemonic; }
  bool is_call() const { return head.meta.category == ZYDIS_CATEGORY_CALL; }
  /// No way leads on to the next instruction.
  bool ends() const {
    return is(ZYDIS_MNEMONIC_JMP) || is(ZYDIS_MNEMONIC_RET) || is(ZYDIS_MNEMONIC_UD2) ||
           is(ZYDIS_MNEMONIC_HLT);
  }
  const ZydisDecodedOperand& operand(std::size_t i) const { return operands[i]; }
};

/// EAX … EDI as 0 … 7, their parts too; kRegisters: another one.
std::size_t number_of(ZydisRegister reg) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LEGACY_32, reg);
  if (whole < ZYDIS_REGISTER_EAX || whole > ZYDIS_REGISTER_EDI) return kRegisters;
  return static_cast<std::size_t>(whole - ZYDIS_REGISTER_EAX);
}

constexpr std::size_t kEax = 0, kEcx = 1, kEdx = 2, kEbx = 3, kEsp = 4;

std::size_t number_of(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER ? number_of(operand.reg.value) : kRegisters;
}

Value constant_of(const ZydisDecodedOperand& operand) {
  if (operand.type != ZYDIS_OPERAND_TYPE_IMMEDIATE) return std::nullopt;
  return static_cast<std::uint32_t>(operand.imm.value.u);
}

/// What is known of registers and stack between two instructions.
class State {
 public:
  void forget() {
    stack_.clear();
    registers_.fill(std::nullopt);
    depth_ = 0;
  }

  Value argument(int index) const {
    const auto found = stack_.find(depth_ + 4 * index);
    return found == stack_.end() ? std::nullopt : found->second;
  }

  Value reg(std::size_t number) const { return registers_.at(number); }

  void step(const Instruction& i) {
    if (i.is_call()) return after_call();
    if (i.is(ZYDIS_MNEMONIC_PUSH)) return push(value_of(i.operand(0)));
    if (i.is(ZYDIS_MNEMONIC_POP)) {
      forget_written(i);
      return move_stack(4);
    }
    if (moves_esp(i)) return;
    const Value value = result_of(i);
    if (store(i, value)) return;
    forget_written(i);
    if (value && number_of(i.operand(0)) < kRegisters)
      registers_.at(number_of(i.operand(0))) = value;
  }

 private:
  Value value_of(const ZydisDecodedOperand& operand) const {
    if (const Value constant = constant_of(operand)) return constant;
    const std::size_t number = number_of(operand);
    return number < kRegisters && operand.size == 32 ? registers_.at(number) : std::nullopt;
  }

  Value result_of(const Instruction& i) const {
    if (i.operand(0).size != 32) return std::nullopt;
    if (i.is(ZYDIS_MNEMONIC_MOV)) return value_of(i.operand(1));
    const bool clears = i.is(ZYDIS_MNEMONIC_XOR) || i.is(ZYDIS_MNEMONIC_SUB);
    const bool same = clears && number_of(i.operand(0)) < kRegisters &&
                      number_of(i.operand(0)) == number_of(i.operand(1));
    return same ? Value(0) : std::nullopt;
  }

  // What a function is handed is its own to change.
  void after_call() {
    stack_.clear();
    for (const std::size_t number : {kEax, kEcx, kEdx}) registers_.at(number) = std::nullopt;
  }

  void push(Value value) {
    move_stack(-4);
    stack_[depth_] = value;
  }

  void move_stack(int by) {
    depth_ += by;
    if (depth_ < -kMaxStack || depth_ > kMaxStack) forget();
  }

  /// True: an instruction about %esp alone, which is done with.
  bool moves_esp(const Instruction& i) {
    if (number_of(i.operand(0)) != kEsp || i.operand(0).type != ZYDIS_OPERAND_TYPE_REGISTER)
      return false;
    if ((i.operand(0).actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) == 0) return false;
    const Value by = i.head.operand_count > 1 ? constant_of(i.operand(1)) : std::nullopt;
    if (by && i.is(ZYDIS_MNEMONIC_SUB)) {
      move_stack(-static_cast<int>(*by));
    } else if (by && i.is(ZYDIS_MNEMONIC_ADD)) {
      move_stack(static_cast<int>(*by));
    } else {
      forget();
    }
    return true;
  }

  /// mov VALUE, DISPLACEMENT(%esp), and other changes of what lies there.
  bool store(const Instruction& i, Value value) {
    const ZydisDecodedOperand& to = i.operand(0);
    if (to.type != ZYDIS_OPERAND_TYPE_MEMORY || to.mem.base != ZYDIS_REGISTER_ESP ||
        to.mem.index != ZYDIS_REGISTER_NONE || (to.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) == 0)
      return false;
    const std::int64_t place = depth_ + to.mem.disp.value;
    if (place >= -kMaxStack && place <= kMaxStack)
      stack_[static_cast<int>(place)] = i.is(ZYDIS_MNEMONIC_MOV) ? value : std::nullopt;
    return true;
  }

  void forget_written(const Instruction& i) {
    for (std::size_t k = 0; k < i.head.operand_count; ++k) {
      const std::size_t number = number_of(i.operand(k));
      if (number == kRegisters || (i.operand(k).actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) == 0)
        continue;
      if (number == kEsp && !i.is(ZYDIS_MNEMONIC_POP)) return forget();  // leave
      registers_.at(number) = std::nullopt;
    }
  }

  std::map<int, Value> stack_;  // by distance from where %esp stood
  std::array<Value, kRegisters> registers_;
  int depth_ = 0;
};

/// Which registers hold the result of a call.
class Result {
 public:
  enum class Fate { kOpen, kHeeded, kLost };

  Fate step(const Instruction& i) {
    if (i.is(ZYDIS_MNEMONIC_RET)) return holds_[kEax] ? Fate::kHeeded : Fate::kLost;
    if (i.is(ZYDIS_MNEMONIC_TEST) && held(i.operand(0)) &&
        number_of(i.operand(0)) == number_of(i.operand(1)))
      return Fate::kHeeded;
    if (i.is(ZYDIS_MNEMONIC_CMP) && held(i.operand(0)) && is_failure(i.operand(1)))
      return Fate::kHeeded;
    if (i.is_call()) {
      for (const std::size_t number : {kEax, kEcx, kEdx}) holds_.at(number) = false;
    } else {
      write(i);
    }
    for (const bool holds : holds_) {
      if (holds) return Fate::kOpen;
    }
    return Fate::kLost;
  }

 private:
  bool held(const ZydisDecodedOperand& operand) const {
    const std::size_t number = number_of(operand);
    return number < kRegisters && holds_.at(number);
  }

  static bool is_failure(const ZydisDecodedOperand& operand) {
    const Value value = constant_of(operand);
    return value && (*value == 0 || *value == 0xffffffff || *value == 0xff);
  }

  void write(const Instruction& i) {
    const bool copies = i.is(ZYDIS_MNEMONIC_MOV) && held(i.operand(1));
    for (std::size_t k = 0; k < i.head.operand_count; ++k) {
      const std::size_t number = number_of(i.operand(k));
      if (number < kRegisters && (i.operand(k).actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0)
        holds_.at(number) = copies && k == 0;
    }
  }

  std::array<bool, kRegisters> holds_{true};  // EAX
};

class Function {
 public:
  Function(std::string_view bytes, std::uint64_t address) : bytes_(bytes), address_(address) {
    ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  }

  std::optional<CallSite> read(std::uint64_t place) {
    Instruction call;
    State state;
    const auto at = go_to(place, state, call);
    return at ? std::optional(site(state, *at, call)) : std::nullopt;
  }

  std::optional<KernelEntry> read_entry(std::uint64_t place) {
    Instruction entry;
    State state;
    if (!go_to(place, state, entry) || !enters_kernel(entry) || !state.reg(kEax))
      return std::nullopt;
    return KernelEntry{*state.reg(kEax), state.reg(kEbx)};
  }

 private:
  static bool enters_kernel(const Instruction& i) {
    const ZydisDecodedOperand& to = i.operand(0);
    return (i.is(ZYDIS_MNEMONIC_INT) && constant_of(to) == 0x80U) ||
           i.is(ZYDIS_MNEMONIC_SYSENTER) ||
           (i.is_call() && to.type == ZYDIS_OPERAND_TYPE_MEMORY &&
            to.mem.segment == ZYDIS_REGISTER_GS && to.mem.disp.value == 0x10);
  }

  /// The offset of the instruction there, with what is known before it.
  std::optional<std::size_t> go_to(std::uint64_t place, State& state, Instruction& now) {
    find_targets();
    for (std::size_t at = 0; decode(at, now); at += now.head.length) {
      if (targets_.contains(at)) state.forget();
      if (address_ + at == place) return at;
      if (address_ + at > place) break;
      state.step(now);
      if (now.ends()) state.forget();
    }
    return std::nullopt;
  }

  bool decode(std::size_t at, Instruction& into) const {
    return at < bytes_.size() &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, bytes_.data() + at, bytes_.size() - at,
                                               &into.head, into.operands));
  }

  std::size_t target_of(std::size_t at, const Instruction& i) const {
    return at + i.head.length + static_cast<std::size_t>(i.operand(0).imm.value.s);
  }

  static bool is_near_jump(const Instruction& i) {
    const bool branches = i.head.meta.category == ZYDIS_CATEGORY_COND_BR ||
                          i.head.meta.category == ZYDIS_CATEGORY_UNCOND_BR;
    return branches && i.operand(0).type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  }

  void find_targets() {
    Instruction i;
    for (std::size_t at = 0; decode(at, i); at += i.head.length) {
      if (is_near_jump(i)) targets_.insert(target_of(at, i));
    }
  }

  CallSite site(const State& state, std::size_t at, const Instruction& call) const {
    CallSite made;
    if (!call.is_call()) {
      made.heeded = call.is(ZYDIS_MNEMONIC_JMP);  // its result is this function's
      return made;
    }
    made.arguments = {state.argument(0), state.argument(1)};
    made.heeded = is_heeded(at + call.head.length);
    return made;
  }

  bool is_heeded(std::size_t at) const {
    Result result;
    Instruction i;
    for (int n = 0; n < kAfter && decode(at, i); ++n) {
      const Result::Fate fate = result.step(i);
      if (fate != Result::Fate::kOpen) return fate == Result::Fate::kHeeded;
      at = i.is(ZYDIS_MNEMONIC_JMP) && is_near_jump(i) ? target_of(at, i) : at + i.head.length;
    }
    return false;
  }

  std::string_view bytes_;
  std::uint64_t address_;
  ZydisDecoder decoder_;
  std::unordered_set<std::size_t> targets_;
};

}  // namespace

std::optional<CallSite> read_call_site(std::string_view function, std::uint64_t address,
                                       std::uint64_t place) {
  if (function.size() > kMaxFunction) return std::nullopt;
  return Function(function, address).read(place);
}

std::optional<KernelEntry> read_kernel_entry(std::string_view function, std::uint64_t address,
                                             std::uint64_t place) {
  if (function.size() > kMaxFunction) return std::nullopt;
  return Function(function, address).read_entry(place);
}

}  // namespace ttrace::audit
