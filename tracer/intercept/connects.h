// Every connect of the target: seen, timed, and met with the faults of --connect. One that returns
// at once costs two stops; what is asked about its socket and its stack is asked only when it was
// slow, failed or was tampered with.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "tracer/engine/interceptor.h"
#include "tracer/intercept/connect_attempt.h"
#include "tracer/intercept/host_names.h"
#include "tracer/intercept/pending_connects.h"
#include "tracer/intercept/socket_calls.h"
#include "tracer/session/event_sink.h"

namespace ttrace {

class Connects : public Interceptor {
 public:
  struct Parts {
    EventSink& sink;
    StackWalker& walker;
    std::size_t stack_depth;
    Duration slow;
    ConnectFaults& faults;
    HostNames& names;
  };
  enum class Live { kFirst, kStill, kOver };
  /// Told of a connect that has lasted for longer than --slow: at first with its stack, and when it
  /// is over; and every second of the one that has lasted longest, with nothing but its duration.
  using LiveCallback = std::function<void(Live, const Event&)>;

  explicit Connects(const Parts& parts);
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

  /// Called now and then while busy().
  void on_tick();
  bool busy() const { return !attempts_.empty() || !pending_.empty() || !late_.empty(); }
  /// Emits what waits for the names of its stack, which cost time that no target should lose.
  void emit_late();
  void on_begin(std::function<void()> callback) { begin_ = std::move(callback); }
  void on_live(LiveCallback callback) { live_ = std::move(callback); }
  /// What a thread in connect() asked for, whatever a rule made of it.
  std::optional<SocketAddress> wanted_by(Pid tid) const;
  /// ttrace has just attached: the thread has been in connect() for as long as `lasted`, and makes
  /// the call again when it runs on.
  void take_up_blocked(Pid tid, std::chrono::nanoseconds lasted);
  /// The same for a non-blocking connect that is under way.
  void take_up_pending(const std::shared_ptr<Process>& process, int fd, const RawAddress& to,
                       std::chrono::nanoseconds lasted);
  /// ttrace detaches: what is under way is reported as such.
  void on_leave();
  /// A thread ends; its memory can still be read.
  void on_thread_exit(const Tracee& tracee);
  /// The process has executed a program; what is remembered of the former one names its addresses.
  void at_exec(const Process& process);
  /// Its last thread ends; `killed`: by a signal.
  void on_process_exit(const Process& process, bool killed);

 private:
  Next begin(SyscallStop& stop, const SocketCall& call);
  Next apply(SyscallStop& stop, SocketCall call, ConnectAttempt& attempt);
  Next sleep_instead(SyscallStop& stop, ConnectAttempt& attempt);
  bool woke_up(SyscallStop& stop, ConnectAttempt& attempt);
  void end(const SyscallStop& stop, ConnectAttempt& attempt);
  void report(ConnectAttempt& attempt, Connect::Fate fate, std::optional<std::int64_t> result);
  Event event_of(ConnectAttempt& attempt, Connect::Fate fate, std::optional<std::int64_t> result);
  SocketAddress wanted(const ConnectAttempt& attempt) const;
  /// True for a failure at once of which the process had the like before: it is counted, and what
  /// it takes to tell more is spared.
  bool is_repetition(const ConnectAttempt& attempt, const Connect& what);
  RawStack walk(const ConnectAttempt& attempt) const;
  Stack name(Pid pid, const RawStack& stack) const;
  void emit(Event event, Pid pid, RawStack stack);
  /// Its cookie from now on; 0: it cannot be followed.
  std::uint64_t watch_socket(const ConnectAttempt& attempt);
  /// False: it cannot be followed.
  bool make_pending(const ConnectAttempt& attempt, std::uint64_t& cookie);
  void interrupt(ConnectAttempt& attempt);
  void settle(const SyscallStop& stop, int fd, int error, const char* by);
  void finish(std::uint64_t cookie, Connect::Fate fate, std::optional<int> error, const char* by);
  void look_at_pending();
  /// Of all connects that were announced, the one that began first.
  struct Longest {
    std::shared_ptr<Process> process;  // null: there is none
    Pid tid{0};
    SocketAddress to;
    std::chrono::nanoseconds started{0};
    bool blocking = true;
    void offer(const std::shared_ptr<Process>& of, Pid thread, const SocketAddress& place,
               std::chrono::nanoseconds since, bool blocks) {
      if (!process || since < started) *this = {of, thread, place, since, blocks};
    }
  };
  void announce();
  void announce_pending(const PendingConnect& pending, std::chrono::nanoseconds now);
  void tick(const Longest& longest, std::chrono::nanoseconds now);

  Parts parts_;
  std::unordered_map<Pid, ConnectAttempt> attempts_;                   // by thread
  std::unordered_map<Pid, std::chrono::nanoseconds> under_way_;        // since when
  std::unordered_map<std::uint64_t, PendingConnect> pending_;          // by socket cookie
  std::unordered_map<Pid, std::unordered_set<std::string>> failures_;  // address and errno
  struct Late {
    Event event;
    Pid pid{0};
    RawStack stack;
  };
  std::vector<Late> late_;  // in order of time
  PendingConnects epoll_;
  LiveCallback live_;
  std::function<void()> begin_;
  std::chrono::nanoseconds next_live_{0};
  std::chrono::nanoseconds next_look_{0};
};

}  // namespace ttrace
