#include "tracer/stacks/unwinder.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tracer/stacks/sigreturn.h"
#include "tracer/stacks/walk_memory.h"

namespace ttrace::stacks {
namespace {

int find_elf(Dwfl_Module*, void** userdata, const char*, Dwarf_Addr, char**, Elf** elf) {
  *elf = static_cast<ElfFile*>(*userdata)->share();
  return -1;
}

// Unwinding makes do with what is in the file itself: no search through the disk at a stop.
int find_no_debuginfo(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*,
                      GElf_Word, char**) {
  return -1;
}

constexpr Dwfl_Callbacks kCallbacks{find_elf, find_no_debuginfo, nullptr, nullptr};

/// A bare ELF header that tells libdwfl which machine the threads run on. Asking the modules would
/// need one, and the target chooses what is in them.
Elf* machine_elf(Abi abi) {
  static auto headers = [] {
    std::pair<Elf64_Ehdr, Elf32_Ehdr> made{};
    auto& [wide, narrow] = made;
    std::memcpy(wide.e_ident, ELFMAG, SELFMAG);
    wide.e_ident[EI_DATA] = ELFDATA2LSB;
    wide.e_ident[EI_VERSION] = EV_CURRENT;
    std::memcpy(narrow.e_ident, wide.e_ident, sizeof narrow.e_ident);
    wide.e_ident[EI_CLASS] = ELFCLASS64;
    narrow.e_ident[EI_CLASS] = ELFCLASS32;
    wide.e_type = narrow.e_type = ET_DYN;
    wide.e_machine = EM_X86_64;
    narrow.e_machine = EM_386;
    wide.e_version = narrow.e_version = EV_CURRENT;
    wide.e_ehsize = sizeof wide;
    narrow.e_ehsize = sizeof narrow;
    return made;
  }();
  ::elf_version(EV_CURRENT);
  if (abi == Abi::kX86_64) {
    return ::elf_memory(reinterpret_cast<char*>(&headers.first), sizeof headers.first);
  }
  return ::elf_memory(reinterpret_cast<char*>(&headers.second), sizeof headers.second);
}

}  // namespace

struct Unwinder::Walk {
  Pid tid;
  std::size_t depth;
  RawStack& stack;
  WalkMemory memory;
  UnwindState state;    // where the next run begins
  bool resume = false;  // `state` was taken from a signal frame: go on there
  bool lost = false;
  bool first = true;     // of a run
  std::uint64_t sp = 0;  // of the frame before
};

const Dwfl_Thread_Callbacks Unwinder::kThreadCallbacks{next_thread,   get_thread, read_memory,
                                                       set_registers, nullptr,    nullptr};

Unwinder::Unwinder(AddressSpace& space, Abi abi)
    : space_(space), info_(abi_info(abi)), generation_(space.generation()) {}

std::unique_ptr<Unwinder> Unwinder::make(AddressSpace& space, Pid pid, Abi abi) {
  std::unique_ptr<Unwinder> made(new Unwinder(space, abi));
  return made->attach(pid) ? std::move(made) : nullptr;
}

bool Unwinder::attach(Pid pid) {
  machine_ = machine_elf(info_.abi);
  dwfl_ = ::dwfl_begin(&kCallbacks);
  return machine_ != nullptr && dwfl_ != nullptr &&
         ::dwfl_attach_state(dwfl_, machine_, raw(pid), &kThreadCallbacks, this);
}

Unwinder::~Unwinder() {
  if (dwfl_ != nullptr) ::dwfl_end(dwfl_);
  ::elf_end(machine_);
}

bool Unwinder::walk(Pid tid, WalkMemory memory, const UnwindState& state, std::size_t depth,
                    RawStack& stack) {
  Walk walk{tid, depth, stack, std::move(memory), state};
  walk_ = &walk;
  do {
    run(walk);
  } while (walk.resume && stack.size() < depth);
  walk_ = nullptr;
  return !walk.lost;
}

void Unwinder::run(Walk& walk) {
  walk.resume = false;
  walk.first = true;
  const int ended = ::dwfl_getthread_frames(dwfl_, raw(walk.tid), frame_callback, this);
  if (ended < 0) walk.lost = true;
}

int Unwinder::frame_callback(Dwfl_Frame* frame, void* arg) {
  Unwinder& self = *static_cast<Unwinder*>(arg);
  return self.on_frame(*self.walk_, frame);
}

int Unwinder::on_frame(Walk& walk, Dwfl_Frame* frame) {
  Dwarf_Addr ip = 0;
  Dwarf_Word sp = 0;
  bool activation = walk.first;
  const bool known =
      ::dwfl_frame_pc(frame, &ip, nullptr) && ::dwfl_frame_reg(frame, info_.dwarf_sp, &sp) == 0;
  const bool in_code = known && space_.executable(ip);
  if (!known || (!in_code && !walk.stack.empty())) return give_up(walk);
  // The next call already unwinds one step on: the modules it may need must be there before.
  report(ip);
  if (!walk.first) {
    report(ip - 1);
    ::dwfl_frame_pc(frame, &ip, &activation);
    // Only a signal may have switched stacks; all else must get nearer to the stack's end.
    if (!activation && sp <= walk.sp) return give_up(walk);
    set_return_slot(walk, ip, sp);
  }
  walk.stack.push_back({RemotePtr{ip}, activation, std::nullopt});
  if (walk.stack.size() >= walk.depth) return DWARF_CB_ABORT;
  walk.first = false;
  walk.sp = sp;
  if (!in_code) return give_up(walk);
  return may_step(walk, frame, activation ? ip : ip - 1, sp) ? DWARF_CB_OK : DWARF_CB_ABORT;
}

int Unwinder::give_up(Walk& walk) {
  walk.lost = true;
  return DWARF_CB_ABORT;
}

void Unwinder::set_return_slot(Walk& walk, std::uint64_t ip, std::uint64_t sp) const {
  const std::uint64_t slot = sp - info_.word_size;
  if (walk.memory.word(slot, info_.word_size) == ip) {
    walk.stack.back().return_slot = RemotePtr{slot};
  }
}

bool Unwinder::may_step(Walk& walk, Dwfl_Frame* frame, std::uint64_t lookup, std::uint64_t sp) {
  if (has_cfi(lookup)) return true;
  const std::uint64_t ip = raw(walk.stack.back().ip);
  if (const auto interrupted = interrupted_state(info_, ip, sp, walk.memory)) {
    walk.state = *interrupted;
    walk.resume = true;
    walk.stack.back().activation = true;
    return false;
  }
  return frame_pointer_holds(walk, frame, sp);
}

// Without CFI libdwfl tries the frame pointer on trust. Random register contents pass its test
// often enough, so that more is asked here: the word above must look like the address after a
// call, or lead to a signal trampoline.
bool Unwinder::frame_pointer_holds(Walk& walk, Dwfl_Frame* frame, std::uint64_t sp) {
  const unsigned word = info_.word_size;
  Dwarf_Word fp = 0;
  if (::dwfl_frame_reg(frame, info_.abi == Abi::kI386 ? 5 : 6, &fp) != 0) return false;
  if (fp < sp || fp % word != 0) return false;
  const auto outer = walk.memory.word(fp, word);
  const auto ip = walk.memory.word(fp + word, word);
  if (!outer || !ip || (*outer != 0 && *outer <= fp)) return false;
  if (!space_.executable(*ip)) return false;
  return after_call(walk, *ip) || interrupted_state(info_, *ip, fp + 2 * word, walk.memory);
}

/// True if a call instruction may end at `ip`: e8 rel32, or ff /2 with its operand lengths
/// (Intel SDM volume 2, CALL).
bool Unwinder::after_call(Walk& walk, std::uint64_t ip) {
  std::array<std::byte, 7> code{};
  if (ip < code.size() || !walk.memory.read(ip - code.size(), code)) return false;
  const auto at = [&](unsigned back) {
    return std::to_integer<unsigned>(code[code.size() - back]);
  };
  if (at(5) == 0xe8) return true;
  for (const unsigned back : {2U, 3U, 4U, 6U, 7U}) {
    if (at(back) == 0xff && (at(back - 1) & 0x38U) == 0x10) return true;
  }
  return false;
}

bool Unwinder::read_memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* result, void* arg) {
  Unwinder& self = *static_cast<Unwinder*>(arg);
  const auto value = self.walk_->memory.word(address, self.info_.word_size);
  if (value) *result = *value;
  return value.has_value();
}

bool Unwinder::set_registers(Dwfl_Thread* thread, void* arg) {
  const UnwindState& state = static_cast<Unwinder*>(arg)->walk_->state;
  if (!::dwfl_thread_state_registers(thread, 0, state.count, state.dwarf.data())) return false;
  ::dwfl_thread_state_register_pc(thread, state.ip);
  return true;
}

pid_t Unwinder::next_thread(Dwfl*, void* arg, void** thread_arg) {
  if (*thread_arg != nullptr) return 0;
  *thread_arg = arg;
  return raw(static_cast<Unwinder*>(arg)->walk_->tid);
}

bool Unwinder::get_thread(Dwfl*, pid_t, void* arg, void** thread_arg) {
  *thread_arg = arg;
  return true;
}

}  // namespace ttrace::stacks
