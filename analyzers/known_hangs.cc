#include "analyzers/known_hangs.h"

#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace ttrace {
namespace {

struct KnownHang {
  std::vector<std::string> exe;
  std::vector<std::uint32_t> ports;
  std::vector<std::string> paths;
  std::vector<std::string> expected;
  std::string hint;
};

template <typename T>
std::vector<T> list_of(const nlohmann::json& entry, const char* key) {
  return entry.value(key, std::vector<T>{});
}

const std::vector<KnownHang>& known_hangs() {
  static const std::vector<KnownHang> entries = [] {
    std::vector<KnownHang> all;
    for (const auto& entry : nlohmann::json::parse(kHangsJson)) {
      all.push_back({list_of<std::string>(entry, "exe"), list_of<std::uint32_t>(entry, "ports"),
                     list_of<std::string>(entry, "paths"), list_of<std::string>(entry, "expected"),
                     entry.at("hint")});
    }
    return all;
  }();
  return entries;
}

template <typename List, typename Value>
bool has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_place(const KnownHang& hang, const SocketAddress& to) {
  if (to.family == "AF_INET" || to.family == "AF_INET6")
    return to.port && has(hang.ports, *to.port);
  if (to.family != "AF_UNIX") return false;
  return std::any_of(hang.paths.begin(), hang.paths.end(), [&](const std::string& glob) {
    return fnmatch(glob.c_str(), to.address.c_str(), 0) == 0;
  });
}

const KnownHang* find_hang(const ProcessRef& process, const SocketAddress& to) {
  const std::string program = process.exe.substr(process.exe.rfind('/') + 1);
  for (const KnownHang& hang : known_hangs()) {
    if (!hang.exe.empty() && !has(hang.exe, program)) continue;
    if (is_place(hang, to)) return &hang;
  }
  return nullptr;
}

}  // namespace

bool is_expected_failure(const ProcessRef& process, const SocketAddress& to,
                         const std::string& error) {
  const KnownHang* const hang = find_hang(process, to);
  return hang != nullptr && has(hang->expected, error);
}

std::string known_hang(const ProcessRef& process, const SocketAddress& to) {
  const KnownHang* const hang = find_hang(process, to);
  return hang != nullptr ? hang->hint : "";
}

}  // namespace ttrace
