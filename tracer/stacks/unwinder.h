// Steps from frame to frame with libdwfl: one Dwfl per address space, with only those modules
// reported that a stack has led to so far.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/stacks/address_space.h"
#include "tracer/stacks/stack_walker.h"
#include "tracer/stacks/walk_memory.h"

namespace ttrace::stacks {

class Unwinder {
 public:
  /// Null if libdwfl has no memory or no backend for `abi`.
  static std::unique_ptr<Unwinder> make(AddressSpace& space, Pid pid, Abi abi);
  ~Unwinder();
  Unwinder(const Unwinder&) = delete;
  Unwinder& operator=(const Unwinder&) = delete;

  /// True while it describes what is mapped, in the instruction set of `abi`.
  bool fits(Abi abi) const { return abi == info_.abi && generation_ == space_.generation(); }

  /// The frames of `state`, at most `depth`. False: the stack does not fit what is known of the
  /// address space. (Code without unwind tables ends a stack, too, but is no such sign.)
  bool walk(Pid tid, WalkMemory memory, const UnwindState& state, std::size_t depth,
            RawStack& stack);

 private:
  struct Walk;
  Unwinder(AddressSpace& space, Abi abi);
  bool attach(Pid pid);
  void run(Walk& walk);
  int on_frame(Walk& walk, Dwfl_Frame* frame);
  static int give_up(Walk& walk);
  void set_return_slot(Walk& walk, std::uint64_t ip, std::uint64_t sp) const;
  bool may_step(Walk& walk, Dwfl_Frame* frame, std::uint64_t lookup, std::uint64_t sp);
  bool frame_pointer_holds(Walk& walk, Dwfl_Frame* frame, std::uint64_t sp);
  static bool after_call(Walk& walk, std::uint64_t ip);
  void report(std::uint64_t address);
  bool has_cfi(std::uint64_t address);
  bool look_for_cfi(std::uint64_t address);

  static bool read_memory(Dwfl* dwfl, Dwarf_Addr address, Dwarf_Word* result, void* arg);
  static bool set_registers(Dwfl_Thread* thread, void* arg);
  static pid_t next_thread(Dwfl* dwfl, void* arg, void** thread_arg);
  static bool get_thread(Dwfl* dwfl, pid_t tid, void* arg, void** thread_arg);
  static int frame_callback(Dwfl_Frame* frame, void* arg);
  static const Dwfl_Thread_Callbacks kThreadCallbacks;

  AddressSpace& space_;
  const AbiInfo& info_;
  unsigned generation_;
  Elf* machine_ = nullptr;
  Dwfl* dwfl_ = nullptr;
  Walk* walk_ = nullptr;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> reported_;
  // The modules' userdata points into it.
  std::vector<std::shared_ptr<ElfFile>> files_;
  std::unordered_map<std::uint64_t, bool> cfi_known_;
};

}  // namespace ttrace::stacks
