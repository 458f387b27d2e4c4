#include "tracer/intercept/boot_time.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/narrow.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

constexpr const char* kStatFile = "/proc/stat";
constexpr const char* kUptimeFile = "/proc/uptime";
constexpr std::size_t kMostRead = 1 << 20;  // of one call; these files are far smaller
constexpr std::size_t kMostLines = 1024;

enum Kind : unsigned { kRead, kPread, kReadv, kCopy };

struct Row {
  const char* name;
  Kind kind;
  unsigned descriptor;  // the argument that says what is read from
};

// Copies within the kernel would pass by: their callers know that not all files can do it, and
// read.
constexpr std::array kRows = {
    Row{"read", kRead, 0},       Row{"pread64", kPread, 0}, Row{"readv", kReadv, 0},
    Row{"sendfile", kCopy, 1},   Row{"splice", kCopy, 0},   Row{"copy_file_range", kCopy, 0},
    Row{"sendfile64", kCopy, 1},
};

std::uint64_t inode_of(const char* path) {
  struct stat st {};
  return stat(path, &st) == 0 ? st.st_ino : 0;
}

/// The position of a descriptor in its file.
std::uint64_t position_of(Pid pid, std::uint64_t fd) {
  std::ifstream info(fmt::format("/proc/{}/fdinfo/{}", raw(pid), fd));
  std::string key;
  std::uint64_t position = 0;
  info >> key >> position;
  return position;
}

std::vector<std::pair<RemotePtr, std::size_t>> vectors_of(const SyscallStop& stop) {
  constexpr std::uint64_t kMost = 64;
  std::vector<std::pair<RemotePtr, std::size_t>> found;
  const std::size_t word = abi_info(stop.abi).word_size;
  for (std::uint64_t i = 0; i < std::min(stop.args[2], kMost); ++i) {
    std::uint64_t base = 0, size = 0;
    const RemotePtr at = stop.pointer(1) + i * 2 * word;
    if (!read_memory(stop.pid(), at, &base, word)) break;
    if (!read_memory(stop.pid(), at + word, &size, word)) break;
    found.emplace_back(RemotePtr{base}, at_most(std::numeric_limits<std::size_t>::max(), size));
  }
  return found;
}

}  // namespace

BootTime::BootTime(const RunClock& clock)
    : clock_(clock),
      readers_(clock.params().scaled),
      stat_inode_(inode_of(kStatFile)),
      uptime_inode_(inode_of(kUptimeFile)) {}

void BootTime::subscribe(std::vector<Subscription>& to) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const Row& row : kRows) {
      const auto number = syscall_number(abi, row.name);
      if (!number) continue;
      numbers_[{abi, *number}] = static_cast<unsigned>(&row - kRows.data());
      add(to, abi, row.name);
      to.back().only_if_followed = true;
    }
  }
}

void BootTime::after_exec(Process& process) {
  const bool reads = readers_.has(process.pid) || file_of(process.pid, 0) != File::kOther;
  process.follow(Process::Reason::kBootTime, reads);
}

Interceptor::Next BootTime::on_entry(SyscallStop& stop) {
  if (file_of(stop.tid(), descriptor_of(stop)) == File::kOther) return Next::kGoOn;
  if (kRows.at(numbers_.at({stop.abi, stop.nr})).kind != kCopy) return Next::kStopAtExit;
  stop.skip(-EINVAL);
  return Next::kGoOn;
}

std::uint64_t BootTime::descriptor_of(const SyscallStop& stop) const {
  const Row& row = kRows.at(numbers_.at({stop.abi, stop.nr}));
  return static_cast<std::uint32_t>(stop.args[row.descriptor]);
}

BootTime::File BootTime::file_of(Pid tid, std::uint64_t fd) const {
  const std::string link = fmt::format("/proc/{}/fd/{}", raw(tid), fd);
  struct stat st {};
  struct statfs fs {};
  if (stat(link.c_str(), &st) || !S_ISREG(st.st_mode)) return File::kOther;
  const bool is_uptime = st.st_ino == uptime_inode_ && clock_.params().scaled;
  if (st.st_ino != stat_inode_ && !is_uptime) return File::kOther;
  if (statfs(link.c_str(), &fs) || fs.f_type != PROC_SUPER_MAGIC) return File::kOther;
  return is_uptime ? File::kUptime : File::kStat;
}

void BootTime::on_exit(SyscallStop& stop) {
  if (stop.result < 0 || stop.result > static_cast<std::int64_t>(kMostRead)) return;
  const unsigned kind = kRows.at(numbers_.at({stop.abi, stop.nr})).kind;
  const auto size = static_cast<std::size_t>(stop.result);
  const std::uint64_t fd = descriptor_of(stop);
  const std::uint64_t after = position_of(stop.tid(), fd);
  const std::uint64_t offset =
      kind == kPread ? stop.args[3] : after - std::min<std::uint64_t>(after, size);
  const Pieces pieces = kind == kReadv ? vectors_of(stop) : Pieces{{stop.pointer(1), stop.args[2]}};
  std::string text;
  for (const auto& [at, room] : pieces) {
    const std::size_t part = std::min<std::size_t>(room, size - text.size());
    const std::size_t before = text.size();
    text.resize(before + part);
    if (!read_memory(stop.pid(), at, text.data() + before, part)) return;
  }
  if (file_of(stop.tid(), fd) == File::kStat) {
    rewrite_stat({stop.pid(), fd}, text, offset);
  } else {
    rewrite_uptime(stop, text, offset);
  }
  std::size_t done = 0;
  for (const auto& [at, room] : pieces) {
    const std::size_t part = std::min<std::size_t>(room, text.size() - done);
    (void)write_memory(stop.pid(), at, text.data() + done, part);
    done += part;
  }
}

void BootTime::rewrite_stat(const Descriptor& key, std::string& text, std::uint64_t offset) {
  if (lines_.size() >= kMostLines && !lines_.contains(key)) lines_.clear();
  lines_[key].rewrite(text, offset, boot_seconds());
}

// Only a read of the whole file: it is one short line, and nobody reads it in parts.
void BootTime::rewrite_uptime(SyscallStop& stop, std::string& text, std::uint64_t offset) const {
  const auto up = clock_.now(CLOCK_BOOTTIME);
  double real = 0, idle = 0;
  if (offset != 0 || !text.ends_with('\n') || !up ||
      std::sscanf(text.c_str(), "%lf %lf", &real, &idle) != 2) {
    return;
  }
  std::string shown = fmt::format("{}.{:02} {:.2f}\n", up->s, up->ns / 10000000, idle);
  if (shown.size() > stop.args[2]) return;
  text = std::move(shown);
  stop.set_result(static_cast<std::int64_t>(text.size()));
}

// At a rate of 1 the machine's own boot on the faked clock; at others where both clocks meet.
std::int64_t BootTime::boot_seconds() const {
  return (clock_.params().shown0 - clock_.params().boottime0).s;
}

}  // namespace ttrace
