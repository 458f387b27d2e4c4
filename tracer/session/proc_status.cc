#include "tracer/session/proc_status.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace ttrace {
namespace {

int last_number(const std::string& text) {
  return std::atoi(text.substr(text.find_last_not_of("0123456789") + 1).c_str());
}

void read_ids(const std::string& text, std::string& all, int& real, int& effective) {
  all = text;
  std::istringstream(text) >> real >> effective;
}

}  // namespace

std::optional<ProcStatus> read_status(Pid tid) {
  std::ifstream file(fmt::format("/proc/{}/status", raw(tid)));
  ProcStatus status;
  bool any = false;
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(":\t");
    if (colon == std::string::npos) continue;
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    const auto mask = [&] { return std::strtoull(value.c_str(), nullptr, 16); };
    any = true;
    if (name == "SigBlk") status.blocked = mask();
    if (name == "SigIgn") status.ignored = mask();
    if (name == "SigCgt") status.caught = mask();
    if (name == "Uid") read_ids(value, status.uids, status.real_uid, status.uid);
    if (name == "Gid") read_ids(value, status.gids, status.real_gid, status.gid);
    if (name == "NSpid") status.inner_tid = last_number(value);
    if (name == "NStgid") status.inner_tgid = last_number(value);
  }
  if (!any) return std::nullopt;
  return status;
}

}  // namespace ttrace
