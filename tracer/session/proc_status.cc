#include "tracer/session/proc_status.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace ttrace {
namespace {

int last_number(const std::string& text) {
  return std::atoi(text.substr(text.find_last_not_of("0123456789") + 1).c_str());
}

void read_ids(const std::string& text, std::string& all, int& real, int& effective, int& files) {
  int saved = 0;
  all = text;
  std::istringstream(text) >> real >> effective >> saved >> files;
}

std::vector<unsigned> numbers(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<unsigned>(words), {}};
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
    if (name == "Uid") read_ids(value, status.uids, status.real_uid, status.uid, status.fs_uid);
    if (name == "Gid") read_ids(value, status.gids, status.real_gid, status.gid, status.fs_gid);
    if (name == "Groups") status.groups = numbers(value);
    if (name == "PPid") status.parent = std::atoi(value.c_str());
    if (name == "NSpid") status.inner_tid = last_number(value);
    if (name == "NStgid") status.all_tgids = numbers(value);
  }
  if (!any) return std::nullopt;
  if (!status.all_tgids.empty()) status.inner_tgid = static_cast<int>(status.all_tgids.back());
  return status;
}

}  // namespace ttrace
