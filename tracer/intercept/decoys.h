// The other ends that faults need: sockets of the tracer on the loopback interface, or with
// abstract names, that behave as a silent, a refusing or a resetting host does. The kernel does the
// rest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "tracer/base/unique_fd.h"
#include "tracer/intercept/sockaddr.h"

namespace ttrace {

/// What a socket is, as socket(2) has it.
struct SocketKind {
  int domain = 0;
  int type = 0;
  int protocol = 0;

  bool is_tcp() const;
  bool is_udp() const;
  bool is_unix() const;
  /// A unix socket that connects, rather than setting where datagrams go.
  bool is_unix_stream() const;
};

class Decoys {
 public:
  enum class Manner {
    kSilent,     // never answers: TCP drops the SYN, unix stream connects wait for the queue
    kRefusing,   // nobody listens there, and nobody else can take the place
    kResetting,  // accepts, then reset_accepted() ends it
  };
  /// An address for a socket of this kind; nullopt: cannot be made here. Made at the first call.
  std::optional<RawAddress> find(Manner manner, const SocketKind& kind);
  /// Resets every connection that a resetting decoy has accepted.
  void reset_accepted();

 private:
  struct Decoy {
    RawAddress address;
    std::vector<UniqueFd> held;  // the socket itself first
  };
  using Key = std::tuple<Manner, int, int>;
  static std::optional<Decoy> make(Manner manner, const SocketKind& kind);

  std::map<Key, std::optional<Decoy>> decoys_;
};

}  // namespace ttrace
