// When the machine was booted, as /proc/stat tells it, and for how long it has been up, as
// /proc/uptime does at another rate (proc(5)): both agree with the clock that is shown. A process
// that may read one of them is followed, since no filter could tell its reads from others.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"
#include "tracer/intercept/boot_line.h"
#include "tracer/intercept/boot_readers.h"

namespace ttrace {

class BootTime : public Interceptor {
 public:
  explicit BootTime(const RunClock& clock);
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;
  /// A process has executed a program: decides whether it is to be followed for its reads.
  void after_exec(Process& process);

 private:
  enum class File { kOther, kStat, kUptime };
  using Descriptor = std::pair<Pid, std::uint64_t>;  // of a process
  using Numbers = std::map<std::pair<Abi, SyscallNr>, unsigned>;
  /// Where a read has put what it read.
  using Pieces = std::vector<std::pair<RemotePtr, std::size_t>>;

  File file_of(Pid tid, std::uint64_t fd) const;
  std::uint64_t descriptor_of(const SyscallStop& stop) const;
  void rewrite_stat(const Descriptor& key, std::string& text, std::uint64_t offset);
  void rewrite_uptime(SyscallStop& stop, std::string& text, std::uint64_t offset) const;
  std::int64_t boot_seconds() const;

  const RunClock& clock_;
  BootReaders readers_;
  Numbers numbers_;  // of the calls subscribed to: what each is
  std::uint64_t stat_inode_, uptime_inode_;
  std::map<Descriptor, BootLine> lines_;
};

}  // namespace ttrace
