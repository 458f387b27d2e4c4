#include "tracer/intercept/dns_answer.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

namespace ttrace {
namespace {

constexpr int kMostRecords = 256;
constexpr std::size_t kMostHosts = 10000;

InetEndpoint v6_endpoint(const unsigned char* bytes) {
  InetEndpoint endpoint;
  std::memcpy(endpoint.address.data(), bytes, endpoint.address.size());
  return endpoint;
}

InetEndpoint v4_of(const unsigned char* bytes) {
  in_addr in{};
  std::memcpy(&in, bytes, sizeof in);
  return v4_endpoint(in, 0);
}

/// `text` may be anything.
bool parse_address(const std::string& text, InetEndpoint& endpoint) {
  in_addr in{};
  in6_addr in6{};
  const std::string plain = text.substr(0, text.find('%'));
  if (inet_pton(AF_INET, plain.c_str(), &in) == 1) {
    endpoint = v4_endpoint(in, 0);
    return true;
  }
  if (inet_pton(AF_INET6, plain.c_str(), &in6) != 1) return false;
  endpoint = v6_endpoint(in6.s6_addr);
  return true;
}

}  // namespace

std::vector<NamedAddress> parse_dns_answer(const unsigned char* data, std::size_t size) {
  std::vector<NamedAddress> found;
  ns_msg message{};
  ns_rr record{};
  if (size > NS_MAXMSG || ns_initparse(data, static_cast<int>(size), &message) != 0) return found;
  const bool answers = ns_msg_getflag(message, ns_f_qr) == 1 && ns_msg_count(message, ns_s_qd) == 1;
  if (!answers || ns_parserr(&message, ns_s_qd, 0, &record) != 0) return found;
  const std::string name = ns_rr_name(record);
  const int count = std::min<int>(ns_msg_count(message, ns_s_an), kMostRecords);
  for (int i = 0; i < count; ++i) {
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (ns_rr_class(record) != ns_c_in) continue;
    if (ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == NS_INADDRSZ) {
      found.push_back({v4_of(ns_rr_rdata(record)), name});
    }
    if (ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == NS_IN6ADDRSZ) {
      found.push_back({v6_endpoint(ns_rr_rdata(record)), name});
    }
  }
  return found;
}

std::vector<NamedAddress> parse_hosts(std::string_view text) {
  std::vector<NamedAddress> found;
  std::istringstream lines{std::string(text)};
  for (std::string line; found.size() < kMostHosts && std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    NamedAddress entry;
    if (words >> address >> entry.name && parse_address(address, entry.address)) {
      found.push_back(std::move(entry));
    }
  }
  return found;
}

}  // namespace ttrace
