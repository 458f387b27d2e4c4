// connect(), and the calls by which programs learn what became of one.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "preload/library/next.h"
#include "preload/library/peers.h"
#include "preload/library/pending.h"
#include "preload/library/stack.h"
#include "preload/library/writer.h"

namespace ttrace::preload {
namespace {

bool is_watched() { return (head().watch & kWatchConnect) || head().rule_count != 0; }

bool is_nonblocking(int fd) {
  const long flags = system_call(SYS_fcntl, fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK);
}

/// Copies what the kernel would look at; false: it would refuse it, or it dissolves a connection.
bool take_address(const void* address, u32 length, Address* to) {
  if (length < sizeof(u16) || length > kAddressSize || !address) return false;
  to->size = length;
  __builtin_memset(to->bytes, 0, sizeof to->bytes);
  __builtin_memcpy(to->bytes, address, length);
  return to->bytes[0] != AF_UNSPEC || to->bytes[1] != 0;
}

/// 0: nobody is told.
u64 tell_begin(int fd, const Address& to, u32 length, bool nonblocking, u32 rule) {
  tell_maps();
  StackCopy here{};
  ttrace_capture(&here);
  const StackParts parts = captured_parts(here, kMaxConnectStack);
  auto* const record = reserve_as<ConnectRecord>(Kind::kConnect, parts.size());
  if (!record) return 0;
  record->fd = fd;
  record->length = static_cast<i32>(length);
  record->nonblocking = nonblocking;
  record->rule = rule;
  record->to = to;
  copy_stack(record->stack, here, 0, parts);
  return commit(&record->record);
}

void sleep_for(i64 duration) {
  timespec span{static_cast<time_t>(duration / shim::i64{1000000000}),
                static_cast<long>(duration % shim::i64{1000000000})};
  while (system_call(SYS_nanosleep, address_of(&span), address_of(&span)) == -EINTR) continue;
}

using Connect = int(int, const void*, u32);

int make_connect(Connect* real, int fd, const void* address, u32 length, const ConnectPlan& plan) {
  if (plan.sleep) sleep_for(plan.sleep);
  if (plan.result) {
    error_number() = -plan.result;
    return -1;
  }
  if (plan.instead) return real(fd, plan.instead->bytes, plan.instead->size);
  return real(fd, address, length);
}

int watched_connect(Connect* real, int fd, const void* address, u32 length) {
  Address to;
  if (!take_address(address, length, &to)) return real(fd, address, length);
  if (is_pending(fd)) {
    const int result = real(fd, address, length);
    const int error = result == 0 || error_number() == EISCONN ? 0 : error_number();
    if (error != EALREADY && error != EINPROGRESS) settle(fd, error, ConnectEndRecord::kByConnect);
    if (result != 0) error_number() = error == 0 ? EISCONN : error;
    return result;
  }
  const bool nonblocking = is_nonblocking(fd);
  const ConnectPlan plan = plan_connect(fd, to, nonblocking);
  const u64 begin = tell_begin(fd, to, length, nonblocking, plan.rule);
  if (plan.remember) remember_peer(fd, to);
  const int result = make_connect(real, fd, address, length, plan);
  const int error = result == 0 ? 0 : error_number();
  const bool goes_on = error == EINPROGRESS || (error == EINTR && to.bytes[0] != AF_UNIX);
  if (!goes_on || !begin || !add_pending(fd, begin, plan)) {
    tell_end(fd, begin, ConnectEndRecord::kEnded, error, ConnectEndRecord::kByConnect, plan, 0);
  }
  if (result != 0) error_number() = error;
  return result;
}

/// After a call that told the program of ready descriptors. Keeps errno.
template <typename Result>
Result looked(Result result) {
  if (result > 0 && any_pending()) look_at_pending();
  return result;
}

}  // namespace

TTRACE_STAND_IN(int, connect, (int fd, const void* address, u32 length)) {
  constinit static Next<Connect> next{"connect"};
  return is_watched() ? watched_connect(next.get(), fd, address, length)
                      : next.get()(fd, address, length);
}

TTRACE_STAND_IN(int, getpeername, (int fd, void* address, u32* size)) {
  constinit static Next<int(int, void*, u32*)> next{"getpeername"};
  const u32 room = size ? *size : 0;
  const int result = next.get()(fd, address, size);
  const Address* const asked = result == 0 ? peer_of(fd) : nullptr;
  if (asked) {
    __builtin_memcpy(address, asked->bytes, room < asked->size ? room : asked->size);
    *size = asked->size;
  }
  return result;
}

TTRACE_STAND_IN(int, getsockopt, (int fd, int level, int name, void* value, u32* size)) {
  constinit static Next<int(int, int, int, void*, u32*)> next{"getsockopt"};
  const int result = next.get()(fd, level, name, value, size);
  if (result == 0 && level == SOL_SOCKET && name == SO_ERROR && any_pending()) {
    settle(fd, *static_cast<const int*>(value), ConnectEndRecord::kByGetsockopt);
  }
  return result;
}

TTRACE_STAND_IN(int, close, (int fd)) {
  constinit static Next<int(int)> next{"close"};
  if (any_pending()) settle_by_close(fd);
  return next.get()(fd);
}

TTRACE_STAND_IN(int, poll, (void* items, unsigned long count, int timeout)) {
  constinit static Next<int(void*, unsigned long, int)> next{"poll"};
  return looked(next.get()(items, count, timeout));
}

TTRACE_STAND_IN(int, ppoll,
                (void* items, unsigned long count, const void* timeout, const void* mask)) {
  constinit static Next<int(void*, unsigned long, const void*, const void*)> next{"ppoll"};
  return looked(next.get()(items, count, timeout, mask));
}

TTRACE_STAND_IN(int, select, (int count, void* in, void* out, void* other, void* timeout)) {
  constinit static Next<int(int, void*, void*, void*, void*)> next{"select"};
  return looked(next.get()(count, in, out, other, timeout));
}

TTRACE_STAND_IN(int, pselect,
                (int count, void* in, void* out, void* other, const void* timeout,
                 const void* mask)) {
  constinit static Next<int(int, void*, void*, void*, const void*, const void*)> next{"pselect"};
  return looked(next.get()(count, in, out, other, timeout, mask));
}

TTRACE_STAND_IN(int, epoll_wait, (int fd, void* events, int count, int timeout)) {
  constinit static Next<int(int, void*, int, int)> next{"epoll_wait"};
  return looked(next.get()(fd, events, count, timeout));
}

TTRACE_STAND_IN(int, epoll_pwait,
                (int fd, void* events, int count, int timeout, const void* mask)) {
  constinit static Next<int(int, void*, int, int, const void*)> next{"epoll_pwait"};
  return looked(next.get()(fd, events, count, timeout, mask));
}

}  // namespace ttrace::preload
