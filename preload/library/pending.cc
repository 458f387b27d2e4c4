#include "preload/library/pending.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "preload/library/writer.h"
#include "preload/shim/clock_math.h"

namespace ttrace::preload {
namespace {

constexpr u32 kMostPending = 256;

struct Pending {
  u32 taken;
  int fd;
  alignas(8) u64 begin;  // 0: being filled
  i64 failed;            // when it was seen to have failed; 0: not yet
  ConnectPlan plan;
};
Pending pending[kMostPending];
u32 pending_count = 0;

Pending* find(int fd) {
  if (!any_pending()) return nullptr;
  for (Pending& one : pending) {
    if (__atomic_load_n(&one.taken, __ATOMIC_ACQUIRE) && one.begin && one.fd == fd) return &one;
  }
  return nullptr;
}

/// Takes it out of the table; false: another thread has.
bool take_out(Pending* one, Pending* copy) {
  const u64 begin = __atomic_exchange_n(&one->begin, 0, __ATOMIC_ACQ_REL);
  if (!begin) return false;
  *copy = *one;
  copy->begin = begin;
  __atomic_store_n(&one->taken, 0, __ATOMIC_RELEASE);
  __atomic_fetch_sub(&pending_count, 1, __ATOMIC_RELAXED);
  return true;
}

short state_of(int fd) {
  pollfd item{fd, POLLOUT, 0};
  return system_call(SYS_poll, address_of(&item), 1, 0) == 1 ? item.revents : short{0};
}

i64 now() {
  shim::Time time{};
  system_call(kClockGettime, 1 /* CLOCK_MONOTONIC */, address_of(&time));
  return time.s * shim::kNanoseconds + time.ns;
}

void end(Pending* one, ConnectEndRecord::Fate fate, int error, ConnectEndRecord::By by) {
  Pending copy{};
  if (take_out(one, &copy)) {
    tell_end(copy.fd, copy.begin, fate, error, by, copy.plan, copy.failed);
  }
}

void add_limits(int fd, const ConnectPlan& plan, ConnectEndRecord* record) {
  struct {
    long s, us;
  } send{};
  socklen_t size = sizeof send;
  constexpr int kOldSendTimeout = 21;  // SO_SNDTIMEO with a long's width
  if (system_call(SYS_getsockopt, fd, SOL_SOCKET, kOldSendTimeout, address_of(&send),
                  address_of(&size)) != 0) {
    return;
  }
  record->has_limits = 1;
  record->send_timeout = send.s * shim::kNanoseconds + i64{send.us} * 1000;
  if (socket_option(fd, SOL_SOCKET, SO_PROTOCOL, 0) != IPPROTO_TCP) return;
  record->user_timeout = plan.former_user_timeout >= 0
                             ? plan.former_user_timeout
                             : socket_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
  record->syn_count = socket_option(fd, IPPROTO_TCP, TCP_SYNCNT, 0);
}

}  // namespace

bool add_pending(int fd, u64 begin, const ConnectPlan& plan) {
  for (Pending& one : pending) {
    u32 free = 0;
    if (!__atomic_compare_exchange_n(&one.taken, &free, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
      continue;
    }
    one.fd = fd;
    one.failed = 0;
    one.plan = plan;
    __atomic_store_n(&one.begin, begin, __ATOMIC_RELEASE);
    __atomic_fetch_add(&pending_count, 1, __ATOMIC_RELAXED);
    return true;
  }
  count_dropped();
  return false;
}

bool any_pending() { return __atomic_load_n(&pending_count, __ATOMIC_RELAXED) != 0; }

bool is_pending(int fd) { return find(fd) != nullptr; }

void settle(int fd, int error, ConnectEndRecord::By by) {
  Pending* const one = find(fd);
  // SO_ERROR is 0 before the end, too.
  if (!one || (error == 0 && state_of(fd) == 0)) return;
  end(one, ConnectEndRecord::kEnded, error, by);
}

void settle_by_close(int fd) {
  Pending* const one = find(fd);
  if (!one) return;
  const short state = state_of(fd);
  if (state == 0) return end(one, ConnectEndRecord::kAbandoned, -1, ConnectEndRecord::kByClose);
  const bool failed = state & (POLLERR | POLLHUP);
  end(one, ConnectEndRecord::kEnded, failed ? -1 : 0,
      failed ? ConnectEndRecord::kUnasked : ConnectEndRecord::kByKernel);
}

// An error is left for the program to fetch; when it came is remembered.
void look_at_pending() {
  for (Pending& one : pending) {
    if (!__atomic_load_n(&one.taken, __ATOMIC_ACQUIRE) || !one.begin || one.failed) continue;
    const short state = state_of(one.fd);
    if (state & (POLLERR | POLLHUP)) {
      one.failed = now();
    } else if (state & POLLOUT) {
      end(&one, ConnectEndRecord::kEnded, 0, ConnectEndRecord::kByKernel);
    }
  }
}

void tell_end(int fd, u64 begin, ConnectEndRecord::Fate fate, int error, ConnectEndRecord::By by,
              const ConnectPlan& plan, i64 ended) {
  auto* const record = reserve_as<ConnectEndRecord>(Kind::kConnectEnd);
  if (record) {
    record->begin = begin;
    record->fate = fate;
    record->error = error;
    record->by = by;
    record->has_limits = 0;
    record->send_timeout = 0;
    record->user_timeout = record->syn_count = 0;
    record->ended = ended;
    add_limits(fd, plan, record);
    commit(&record->record);
  }
  undo(plan, fd);
}

}  // namespace ttrace::preload
