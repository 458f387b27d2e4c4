#include <algorithm>
#include <array>
#include <optional>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/kernel_stamps.h"

namespace ttrace {
namespace {

using Condition = Subscription::Condition;

enum class Object { kQueue, kSemaphores, kMemory };

/// Offsets of the times in msqid64_ds, semid64_ds and shmid64_ds (arch/x86/include/uapi/asm and
/// include/uapi/asm-generic, Linux 6.1). On i386 the high word follows the low one, so that each
/// is 64 bits wide there too. 0: no more.
using Offsets = std::array<std::uint64_t, 3>;

constexpr Offsets kX86_64[] = {{48, 56, 64}, {48, 64, 0}, {56, 64, 72}};
constexpr Offsets kI386[] = {{36, 44, 52}, {36, 44, 0}, {40, 48, 56}};

struct Control {
  Abi abi;
  const char* syscall;
  Object object;
  unsigned command_arg, buffer_arg;
};

constexpr Control kControls[] = {
    {Abi::kX86_64, "msgctl", Object::kQueue, 1, 2},
    {Abi::kX86_64, "semctl", Object::kSemaphores, 2, 3},
    {Abi::kX86_64, "shmctl", Object::kMemory, 1, 2},
    {Abi::kI386, "msgctl", Object::kQueue, 1, 2},
    {Abi::kI386, "semctl", Object::kSemaphores, 2, 3},
    {Abi::kI386, "shmctl", Object::kMemory, 1, 2},
};

// IPC_STAT, and MSG_STAT, SEM_STAT, SHM_STAT with their _ANY forms (include/uapi/linux/{msg,sem,
// shm}.h), with or without IPC_64.
bool tells_times(Object object, std::uint64_t command) {
  constexpr std::uint64_t kIpcStat = 2, kIpc64 = 0x100;
  const std::uint64_t plain = command & ~kIpc64;
  switch (object) {
    case Object::kQueue:
      return plain == kIpcStat || plain == 11 || plain == 13;
    case Object::kSemaphores:
      return plain == kIpcStat || plain == 18 || plain == 20;
    case Object::kMemory:
      return plain == kIpcStat || plain == 13 || plain == 15;
  }
  return false;
}

struct Target {
  Object object;
  std::uint64_t command;
  RemotePtr buffer;
};

// ipc(2), through which i386 reaches all of System V: call, first, second, third, ptr.
std::optional<Target> multiplexed(const SyscallStop& stop) {
  switch (stop.args[0] & 0xffff) {
    case 14:
      return Target{Object::kQueue, stop.args[2], stop.pointer(4)};
    case 24:
      return Target{Object::kMemory, stop.args[2], stop.pointer(4)};
    case 3: {  // ptr points to the union semun
      const auto inner = read_object<std::uint32_t>(stop.pid(), stop.pointer(4));
      if (!inner) return std::nullopt;
      return Target{Object::kSemaphores, stop.args[3], RemotePtr{*inner}};
    }
    default:
      return std::nullopt;
  }
}

std::optional<Target> target_of(const SyscallStop& stop) {
  for (const Control& control : kControls) {
    if (control.abi != stop.abi || syscall_number(control.abi, control.syscall) != stop.nr)
      continue;
    return Target{control.object, stop.args[control.command_arg], stop.pointer(control.buffer_arg)};
  }
  return multiplexed(stop);
}

}  // namespace

void IpcTimes::subscribe(std::vector<Subscription>& subscriptions) {
  for (const Control& control : kControls) add(subscriptions, control.abi, control.syscall);
  for (const std::uint64_t call : {14u, 24u, 3u}) {
    add(subscriptions, Abi::kI386, "ipc", {{0, Condition::Op::kEqual, call}});
  }
}

void IpcTimes::on_exit(SyscallStop& stop) {
  const auto target = target_of(stop);
  if (stop.result < 0 || !target || !tells_times(target->object, target->command)) return;
  const auto index = static_cast<std::size_t>(target->object);
  for (const std::uint64_t offset : (stop.abi == Abi::kX86_64 ? kX86_64 : kI386)[index]) {
    const auto seconds = read_object<shim::i64>(stop.pid(), target->buffer + offset);
    // Whole seconds: what was stamped in the second of the run's beginning is of the run.
    if (offset == 0 || !seconds || *seconds < clock_.params().real0.s) continue;
    const shim::i64 shown = std::max(clock_.shown({*seconds, 0}).s, clock_.params().shown0.s);
    (void)write_object(stop.pid(), target->buffer + offset, shown);
  }
}

}  // namespace ttrace
