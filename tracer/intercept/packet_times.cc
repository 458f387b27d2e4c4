#include "tracer/intercept/packet_times.h"

#include <asm/socket.h>
#include <linux/net.h>

#include <algorithm>
#include <array>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/time_forms.h"

namespace ttrace {
namespace {

/// A control message that holds a time; its type is also the option that asks for it.
struct Stamp {
  int type;
  Form form;
  bool native;  // fields as wide as the ABI's long; else 64 bits
};

constexpr std::array kStamps = {
    Stamp{SO_TIMESTAMP_OLD, Form::kTimeval, true},
    Stamp{SO_TIMESTAMPNS_OLD, Form::kTimespec, true},
    Stamp{SO_TIMESTAMPING_OLD, Form::kTimespec, true},  // the first of three; others: hardware
    Stamp{SO_TIMESTAMP_NEW, Form::kTimeval, false},
    Stamp{SO_TIMESTAMPNS_NEW, Form::kTimespec, false},
    Stamp{SO_TIMESTAMPING_NEW, Form::kTimespec, false},
};

const Stamp* find_stamp(std::int32_t level, std::int32_t type) {
  const auto* const found = std::find_if(kStamps.begin(), kStamps.end(),
                                         [&](const Stamp& stamp) { return stamp.type == type; });
  return level == SOL_SOCKET && found != kStamps.end() ? found : nullptr;
}

/// The layout of struct msghdr and cmsghdr, by the size of a pointer.
struct MessageLayout {
  unsigned word;
  unsigned control, control_length;  // in msghdr
  unsigned level, header;            // in cmsghdr; and its size
};

constexpr MessageLayout kX86_64{8, 32, 40, 8, 16};
constexpr MessageLayout kI386{4, 16, 20, 4, 12};

const MessageLayout& layout_of(const SyscallStop& stop) {
  return stop.abi == Abi::kX86_64 ? kX86_64 : kI386;
}

/// The arguments of a socket call, made directly or on i386 through socketcall(2).
std::array<std::uint64_t, 3> socket_args(const SyscallStop& stop, bool multiplexed) {
  if (!multiplexed) return {stop.args[0], stop.args[1], stop.args[2]};
  const auto args = read_object<std::array<std::uint32_t, 3>>(stop.pid(), stop.pointer(1));
  if (!args) return {};
  return {(*args)[0], (*args)[1], (*args)[2]};
}

bool is_multiplexed(const SyscallStop& stop) {
  return stop.abi == Abi::kI386 && syscall_number(Abi::kI386, "socketcall") == stop.nr;
}

}  // namespace

void PacketTimes::subscribe(std::vector<Subscription>& to) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const Stamp& stamp : kStamps) {
      add(to, abi, "setsockopt",
          {{1, Condition::Op::kEqual, SOL_SOCKET},
           {2, Condition::Op::kEqual, static_cast<std::uint64_t>(stamp.type)}});
    }
    add(to, abi, "recvmsg");
    to.back().only_if_followed = true;
  }
  add(to, Abi::kI386, "socketcall", {{0, Condition::Op::kEqual, SYS_SETSOCKOPT}});
  add(to, Abi::kI386, "socketcall");
  to.back().only_if_followed = true;
}

Interceptor::Next PacketTimes::on_entry(SyscallStop& stop) {
  const bool multiplexed = is_multiplexed(stop);
  const bool receives =
      multiplexed ? stop.args[0] == SYS_RECVMSG : syscall_number(stop.abi, "recvmsg") == stop.nr;
  if (receives) return Next::kStopAtExit;
  if (multiplexed && stop.args[0] != SYS_SETSOCKOPT) return Next::kGoOn;
  const auto args = socket_args(stop, multiplexed);
  if (find_stamp(static_cast<std::int32_t>(args[1]), static_cast<std::int32_t>(args[2]))) {
    stop.tracee.process->follow(Process::Reason::kPacketTimes, true);
  }
  return Next::kGoOn;
}

void PacketTimes::on_exit(SyscallStop& stop) {
  if (stop.result >= 0) {
    translate_message(stop, RemotePtr{socket_args(stop, is_multiplexed(stop))[1]});
  }
}

void PacketTimes::translate_message(SyscallStop& stop, RemotePtr header) {
  const MessageLayout& layout = layout_of(stop);
  std::uint64_t control = 0, length = 0;
  if (read_memory(stop.pid(), header + layout.control, &control, layout.word) &&
      read_memory(stop.pid(), header + layout.control_length, &length, layout.word)) {
    translate_control(stop, RemotePtr{control}, length);
  }
}

void PacketTimes::translate_control(SyscallStop& stop, RemotePtr control, std::uint64_t length) {
  constexpr std::uint64_t kMost = 4096;  // the kernel's optmem_max is of this order
  const MessageLayout& layout = layout_of(stop);
  length = std::min(length, kMost);
  for (std::uint64_t at = 0; at + layout.header <= length;) {
    std::uint64_t size = 0;
    if (!read_memory(stop.pid(), control + at, &size, layout.word) || size < layout.header) return;
    const auto kind =
        read_object<std::array<std::int32_t, 2>>(stop.pid(), control + at + layout.level);
    if (!kind) return;
    if (const Stamp* const stamp = find_stamp((*kind)[0], (*kind)[1])) {
      const bool narrow = stamp->native && stop.abi == Abi::kI386;
      const Width width = narrow ? Width::kNarrow : Width::kWide;
      const RemotePtr data = control + at + layout.header;
      auto times = read_times(stop.pid(), data, stamp->form, width);
      const bool set = times && (times->times[0].s != 0 || times->times[0].ns != 0);
      if (set && size >= layout.header + size_of(stamp->form, width)) {
        times->times[0] = clock_.shown(times->times[0]);
        (void)write_times(stop.pid(), data, data, stamp->form, width, *times);
      }
    }
    at += (std::min(size, kMost) + layout.word - 1) / layout.word * layout.word;
  }
}

}  // namespace ttrace
