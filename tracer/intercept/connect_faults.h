// What --connect does to a connect that is about to be made. Where the kernel itself can be brought
// to fail the call, the call is made, to a decoy; what it then does is what it does against such a
// host.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tracer/cli/connect_rule.h"
#include "tracer/intercept/decoys.h"
#include "tracer/intercept/target_socket.h"

namespace ttrace {

/// How a connect goes on. Nothing set: as the target made it.
struct ConnectPlan {
  const ConnectRule* rule = nullptr;       // that was applied
  std::optional<RawAddress> instead;       // connect to this
  std::optional<std::int64_t> result;      // do not connect: it returns this
  Duration sleep{0};                       // first, sleep; then as above, or make the call
  std::optional<int> former_user_timeout;  // TCP_USER_TIMEOUT to put back, in ms
};

class ConnectFaults {
 public:
  /// `note` takes a sentence about a fault that cannot be applied.
  ConnectFaults(const std::vector<ConnectRule>& rules, std::function<void(const std::string&)> note)
      : rules_(rules), note_(std::move(note)) {}

  bool any() const { return !rules_.empty(); }
  /// `address` is what thread `tid` is about to connect `fd` to.
  ConnectPlan plan(Pid process, Pid tid, int fd, const RawAddress& address);
  /// The connect is over, or settled: what was changed on the socket is put back.
  static void undo(const ConnectPlan& plan, const TargetSocket& socket);
  /// Lets what was accepted for `reset` be reset.
  void reset_accepted() { decoys_.reset_accepted(); }

  bool has_peers() const { return !peers_.empty(); }
  /// What the target asked for, if a rule sent this socket elsewhere.
  std::optional<RawAddress> peer(std::uint64_t cookie) const;

 private:
  struct Case;
  void plan_timeout(const Case& c, ConnectPlan& plan);
  void plan_redirect(const Case& c, ConnectPlan& plan);
  void send_to_decoy(const Case& c, ConnectPlan& plan, Decoys::Manner manner);
  void remember_peer(const Case& c);
  void cannot(const Case& c, const std::string& why);

  const std::vector<ConnectRule>& rules_;
  std::function<void(const std::string&)> note_;
  Decoys decoys_;
  std::unordered_map<std::uint64_t, RawAddress> peers_;  // by cookie
  std::deque<std::uint64_t> peer_order_;
};

}  // namespace ttrace
