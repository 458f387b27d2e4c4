#include "tracer/cli/connect_rule.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

namespace ttrace {
namespace {

bool same_bits(const InetEndpoint& a, const InetEndpoint& b, unsigned bits) {
  const unsigned whole = bits / 8;
  const unsigned rest = bits % 8;
  if (!std::equal(a.address.begin(), a.address.begin() + whole, b.address.begin())) return false;
  return rest == 0 || ((a.address[whole] ^ b.address[whole]) >> (8 - rest)) == 0;
}

bool is_plain(const std::string& glob) { return glob.find_first_of("*?[\\") == std::string::npos; }

}  // namespace

bool ConnectRule::matches(const RawAddress& address) const {
  if (const auto name = unix_name(address)) {
    if (who == Who::kUnix) return fnmatch(glob.c_str(), name->c_str(), 0) == 0;
    return who == Who::kAny && !port && !name->empty();
  }
  const auto endpoint = inet_endpoint(address);
  if (!endpoint || who == Who::kUnix || (port && *port != endpoint->port)) return false;
  return who == Who::kAny || same_bits(net, *endpoint, prefix);
}

bool ConnectRule::covers(const ConnectRule& other) const {
  if (port && port != other.port) return false;
  if (who == Who::kAny) return !port || other.who != Who::kUnix;
  if (who != other.who) return false;
  if (who == Who::kInet) return prefix <= other.prefix && same_bits(net, other.net, prefix);
  return glob == other.glob ||
         (is_plain(other.glob) && fnmatch(glob.c_str(), other.glob.c_str(), 0) == 0);
}

const ConnectRule* first_match(const std::vector<ConnectRule>& rules, const RawAddress& address) {
  for (const ConnectRule& rule : rules) {
    if (rule.matches(address)) return &rule;
  }
  return nullptr;
}

std::vector<std::string> shadowed_rules(const std::vector<ConnectRule>& rules) {
  std::vector<std::string> notes;
  for (std::size_t i = 1; i < rules.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!rules[j].covers(rules[i])) continue;
      notes.push_back(fmt::format("--connect {} never applies: the earlier {} takes all of it",
                                  rules[i].text, rules[j].text));
      break;
    }
  }
  return notes;
}

}  // namespace ttrace
