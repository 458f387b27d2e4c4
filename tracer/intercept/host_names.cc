#include "tracer/intercept/host_names.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/net.h>
#include <unistd.h>

#include <algorithm>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/narrow.h"
#include "tracer/base/unique_fd.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/dns_answer.h"
#include "tracer/intercept/socket_calls.h"

namespace ttrace {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr unsigned kCallsOfQuery = 64;     // from connect to the last answer, with some retries
constexpr unsigned kCallsToHosts = 128;    // from nscd to /etc/hosts, with libraries to be loaded
constexpr std::size_t kMostBytes = 65537;  // an answer over TCP, with its length before it
constexpr std::size_t kMostHostsFile = 1 << 20;
constexpr std::size_t kMostNames = 4096;  // of a process
constexpr const char* kHosts = "/etc/hosts";
constexpr std::array kReceiving = {"read", "recvfrom", "recvmsg"};

bool is_call(const SyscallStop& stop, const char* name) {
  return syscall_number(stop.abi, name) == stop.nr;
}

// Databases that are no hosts: whoever asked nscd for one of them has no name to look up.
bool is_other_database(const std::string& path) {
  static constexpr std::array kOthers = {"/etc/passwd", "/etc/group", "/etc/services",
                                         "/etc/protocols", "/etc/shadow"};
  return std::find(kOthers.begin(), kOthers.end(), path) != kOthers.end();
}

std::string read_path(const SyscallStop& stop, RemotePtr at) {
  char buffer[32] = "";
  const std::size_t size = read_memory_upto(stop.pid(), at, buffer, sizeof buffer - 1);
  return std::string(buffer, size).c_str();
}

std::string read_bytes(const SyscallStop& stop, std::uint64_t from, std::uint64_t size) {
  std::string bytes(at_most(kMostBytes, size), '\0');
  bytes.resize(read_memory_upto(stop.pid(), RemotePtr{from}, bytes.data(), bytes.size()));
  return bytes;
}

/// The first part of what recvmsg(2) filled; name servers' answers come in one.
std::string read_message(const SyscallStop& stop, std::uint64_t header) {
  const unsigned word = abi_info(stop.abi).word_size;
  std::uint64_t vector = 0, base = 0, room = 0;
  const RemotePtr msg{header};
  const bool read = read_memory(stop.pid(), msg + 2 * word, &vector, word) &&
                    read_memory(stop.pid(), RemotePtr{vector}, &base, word) &&
                    read_memory(stop.pid(), RemotePtr{vector + word}, &room, word);
  const auto got = static_cast<std::uint64_t>(stop.result);
  return read ? read_bytes(stop, base, std::min(got, room)) : "";
}

/// The call in the form that its own number has; nullopt: not one that receives.
struct Receiving {
  int fd;
  std::uint64_t buffer;
  bool is_message;
};

std::optional<Receiving> receiving(const SyscallStop& stop) {
  if (stop.abi == Abi::kI386 && is_call(stop, "socketcall")) {
    const auto kind = stop.args[0];
    if (kind != SYS_RECV && kind != SYS_RECVFROM && kind != SYS_RECVMSG) return std::nullopt;
    const auto words = read_object<std::array<std::uint32_t, 2>>(stop.pid(), stop.pointer(1));
    if (!words) return std::nullopt;
    return Receiving{static_cast<int>((*words)[0]), (*words)[1], kind == SYS_RECVMSG};
  }
  for (const char* name : kReceiving) {
    if (!is_call(stop, name)) continue;
    return Receiving{static_cast<int>(stop.args[0]), stop.args[1], is_call(stop, "recvmsg")};
  }
  return std::nullopt;
}

const unsigned char* as_bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void HostNames::subscribe(std::vector<Subscription>& to) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const char* name : {"read", "recvfrom", "recvmsg", "close", "open", "openat"}) {
      add(to, abi, name);
      to.back().only_if_followed = true;
    }
  }
  add(to, Abi::kI386, "socketcall");
  to.back().only_if_followed = true;
}

void HostNames::on_connect(Tracee& tracee, int fd, const RawAddress& address) {
  const auto to = inet_endpoint(address);
  if (to && to->port == kDnsPort) {
    asking_[tracee.tid] = fd;
    tracee.follow_budget = kCallsOfQuery;
  }
  const auto name = unix_name(address);
  if (name && name->ends_with("/nscd/socket")) {
    asking_[tracee.tid] = -1;
    tracee.follow_budget = kCallsToHosts;
  }
}

// A process that is followed for other reasons is another interceptor's.
Interceptor::Next HostNames::on_entry(SyscallStop& stop) {
  const auto asks = asking_.find(stop.tid());
  if (asks == asking_.end() || stop.tracee.process->followed) return Next::kGoOn;
  const bool opens = is_call(stop, "openat");
  if (opens || is_call(stop, "open")) {
    const std::string path = read_path(stop, stop.pointer(opens ? 1 : 0));
    if (path == kHosts) read_hosts(*stop.tracee.process);
    if (asks->second >= 0 || (path != kHosts && !is_other_database(path))) return Next::kGoOn;
  } else if (asks->second < 0 || !is_call(stop, "close") ||
             static_cast<int>(stop.args[0]) != asks->second) {
    const auto call = asks->second < 0 ? std::nullopt : receiving(stop);
    return call && call->fd == asks->second ? Next::kStopAtExit : Next::kGoOn;
  }
  stop.tracee.follow_budget = 0;
  asking_.erase(asks);
  return Next::kGoOn;
}

void HostNames::on_exit(SyscallStop& stop) {
  const auto call = receiving(stop);
  if (!call || stop.result <= 0) return;
  learn(*stop.tracee.process,
        call->is_message ? read_message(stop, call->buffer)
                         : read_bytes(stop, call->buffer, static_cast<std::uint64_t>(stop.result)));
}

// Over TCP two bytes of length come first, in a read of their own or not.
void HostNames::learn(const Process& process, const std::string& bytes) {
  auto found = parse_dns_answer(as_bytes(bytes), bytes.size());
  if (found.empty() && bytes.size() > 2) {
    found = parse_dns_answer(as_bytes(bytes) + 2, bytes.size() - 2);
  }
  Names& names = names_[process.pid];
  for (NamedAddress& entry : found) {
    if (names.size() < kMostNames) names[entry.address.address] = std::move(entry.name);
  }
}

// As the process sees it. What a name server said about an address counts more.
void HostNames::read_hosts(const Process& process) {
  const std::string path = fmt::format("/proc/{}/root{}", raw(process.pid), kHosts);
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::string text(kMostHostsFile, '\0');
  const ssize_t size = file.get() < 0 ? 0 : read(file.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  Names& names = names_[process.pid];
  for (NamedAddress& entry : parse_hosts(text)) {
    if (names.size() < kMostNames) names.emplace(entry.address.address, std::move(entry.name));
  }
}

std::string HostNames::find(const Process& process, const RawAddress& address) const {
  const auto to = names_.empty() ? std::nullopt : inet_endpoint(address);
  if (!to) return "";
  for (const Pid pid : {process.pid, process.parent}) {
    const auto names = names_.find(pid);
    if (names == names_.end()) continue;
    const auto name = names->second.find(to->address);
    if (name != names->second.end()) return name->second;
  }
  return "";
}

}  // namespace ttrace
