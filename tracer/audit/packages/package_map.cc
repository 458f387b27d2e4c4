#include "tracer/audit/packages/package_map.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tracer/base/unique_fd.h"

namespace ttrace::audit {
namespace {

constexpr off_t kMaxFile = off_t{1} << 30;

}  // namespace

std::size_t PackageMap::add(Package package) {
  packages_.push_back(std::move(package));
  return packages_.size() - 1;
}

void PackageMap::own(std::string path, std::size_t package) {
  owners_.insert_or_assign(std::move(path), static_cast<std::uint32_t>(package));
}

std::size_t PackageMap::index_of(std::string_view path) const {
  auto owner = owners_.find(std::string(path));
  // A package from before the merge of / and /usr lists /bin/ls, which is /usr/bin/ls now.
  if (owner == owners_.end() && path.starts_with("/usr/")) {
    owner = owners_.find(std::string(path.substr(4)));
  }
  return owner == owners_.end() ? kNone : owner->second;
}

const Package* PackageMap::find(std::string_view path) const {
  const std::size_t index = index_of(path);
  return index == kNone ? nullptr : &packages_[index];
}

PackageMap read_packages(const std::string& root) {
  PackageMap map;
  read_dpkg(root, map);
  read_opkg(root, map);
  read_apk(root, map);
  read_rpm(root, map);
  return map;
}

std::string read_whole(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > kMaxFile)
    return {};
  std::string text(static_cast<std::size_t>(st.st_size), '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t n = ::read(fd.get(), text.data() + got, text.size() - got);
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  text.resize(got);
  return text;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace ttrace::audit
