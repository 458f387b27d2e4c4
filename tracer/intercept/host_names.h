// The names behind addresses: what the target asked its name servers, and /etc/hosts if it read
// that. A thread that connects to a name server is followed for its next system calls, and so is
// one that asks nscd, which is how glibc begins to look a name up; all others never stop for this.
#pragma once

#include <array>
#include <map>
#include <string>

#include "analyzers/event.h"
#include "tracer/engine/interceptor.h"
#include "tracer/intercept/sockaddr.h"

namespace ttrace {

class HostNames : public Interceptor {
 public:
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

  /// A connect of `fd` to `address` is under way or done.
  void on_connect(Tracee& tracee, int fd, const RawAddress& address);
  /// The name that the process, or the one that started it, last looked up and got this address
  /// for; empty: none was seen.
  std::string find(const Process& process, const RawAddress& address) const;

 private:
  using Names = std::map<std::array<std::uint8_t, 16>, std::string>;

  void read_hosts(const Process& process);
  void learn(const Process& process, const std::string& bytes);

  std::map<Pid, Names> names_;  // by process
  std::map<Pid, int> asking_;   // by thread: its socket to a name server, -1: it asked nscd
};

}  // namespace ttrace
