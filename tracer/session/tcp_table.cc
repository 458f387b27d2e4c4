#include "tracer/session/tcp_table.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tracer/base/first_line.h"

namespace ttrace {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirst{1000};  // TCP_TIMEOUT_INIT
constexpr milliseconds kLongest{120000};
constexpr unsigned kMostResent = 255;
constexpr long kTicks = 100;  // USER_HZ, in which the table counts
constexpr std::size_t kWord = 8;

/// Words of 8 hex digits, each as the machine's own integer: the bytes of the address in order.
bool read_address(const std::string& text, unsigned char* to, std::size_t size) {
  if (text.size() != 2 * size) return false;
  for (std::size_t at = 0; at < text.size(); at += kWord) {
    char* end = nullptr;
    const std::string word = text.substr(at, kWord);
    const auto value = static_cast<std::uint32_t>(std::strtoul(word.c_str(), &end, 16));
    if (*end != '\0') return false;
    std::memcpy(to + at / 2, &value, sizeof value);
  }
  return true;
}

/// "0100007F:235A".
bool read_endpoint(const std::string& text, bool v6, RawAddress& to) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return false;
  const auto port = static_cast<std::uint16_t>(std::strtoul(&text[colon + 1], nullptr, 16));
  InetEndpoint endpoint;
  in_addr v4{};
  const std::string address = text.substr(0, colon);
  const bool read = v6 ? read_address(address, endpoint.address.data(), endpoint.address.size())
                       : read_address(address, reinterpret_cast<unsigned char*>(&v4), sizeof v4);
  if (!read) return false;
  endpoint.port = port;
  const auto raw = make_inet(v6 ? AF_INET6 : AF_INET, v6 ? endpoint : v4_endpoint(v4, port));
  if (raw) to = *raw;
  return raw.has_value();
}

/// sl, local, remote, state, queues, timer:due, resent, uid, timeout, inode.
bool read_line(const std::string& line, bool v6, TcpConnect& connect) {
  std::array<std::string, 10> words;
  std::istringstream input(line);
  for (std::string& word : words) {
    if (!(input >> word)) return false;
  }
  if (std::strtoul(words[3].c_str(), nullptr, 16) != TCP_SYN_SENT) return false;
  const std::size_t colon = words[5].find(':');
  if (colon == std::string::npos) return false;
  const auto ticks = std::strtoul(&words[5][colon + 1], nullptr, 16);
  connect.due = std::min(kLongest, milliseconds(std::min(ticks, 1000000UL) * (1000 / kTicks)));
  const auto resent = std::strtoul(words[6].c_str(), nullptr, 16);
  connect.resent = static_cast<unsigned>(std::min<unsigned long>(resent, kMostResent));
  connect.inode = std::strtoull(words[9].c_str(), nullptr, 10);
  return read_endpoint(words[2], v6, connect.to);
}

}  // namespace

std::vector<TcpConnect> parse_tcp_table(std::istream& table, bool v6) {
  std::vector<TcpConnect> connects;
  std::string line;
  std::getline(table, line);  // the heading
  while (std::getline(table, line)) {
    TcpConnect connect;
    if (read_line(line, v6, connect)) connects.push_back(connect);
  }
  return connects;
}

std::vector<TcpConnect> tcp_connects(Pid pid) {
  std::ifstream table(fmt::format("/proc/{}/net/tcp", raw(pid)));
  std::ifstream table6(fmt::format("/proc/{}/net/tcp6", raw(pid)));
  auto connects = parse_tcp_table(table, false);
  const auto more = parse_tcp_table(table6, true);
  connects.insert(connects.end(), more.begin(), more.end());
  return connects;
}

std::map<int, TcpConnect> tcp_connects_by_descriptor(Pid pid) {
  std::map<std::string, TcpConnect> by_link;
  for (const TcpConnect& connect : tcp_connects(pid)) {
    by_link[fmt::format("socket:[{}]", connect.inode)] = connect;
  }
  std::map<int, TcpConnect> found;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", raw(pid)), error)) {
    const auto link = by_link.find(std::filesystem::read_symlink(entry.path(), error).string());
    if (link != by_link.end()) found[std::atoi(entry.path().filename().c_str())] = link->second;
  }
  return found;
}

milliseconds age_of(const TcpConnect& connect, unsigned linear_timeouts) {
  milliseconds age{0}, wait = kFirst;
  for (unsigned i = 0; i < connect.resent; ++i) {
    age += wait;
    if (i >= linear_timeouts) wait = std::min(2 * wait, kLongest);
  }
  return age + std::max(wait - connect.due, milliseconds{0});
}

milliseconds age_of(const TcpConnect& connect) {
  const std::string linear = first_line("/proc/sys/net/ipv4/tcp_syn_linear_timeouts");
  return age_of(connect, static_cast<unsigned>(std::strtoul(linear.c_str(), nullptr, 10)));
}

}  // namespace ttrace
