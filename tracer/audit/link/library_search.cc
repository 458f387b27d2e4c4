#include "tracer/audit/link/library_search.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "tracer/audit/packages/package_map.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {
namespace {

constexpr int kMaxIncludes = 8;
constexpr std::size_t kMaxDirectories = 1000;

std::vector<std::string> glob_paths(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
    line.remove_suffix(1);
  return line;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

LibrarySearch::LibrarySearch(std::string root)
    : root_(std::move(root)),
      root_fd_(::open(root_.empty() ? "/" : root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  here_ = real_path("/").has_value();
  read_conf("/etc/ld.so.conf", 0);
  for (const std::string& path : glob_paths(root_ + "/etc/ld-musl-*.path")) {
    const std::string text = read_whole(path);
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find_first_of(":\n"), rest.size());
      add_directory(trimmed(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  // The triplets' directories are built into Debian's loader.
  for (const char* pattern : {"/lib/*-linux-*", "/usr/lib/*-linux-*"}) {
    for (const std::string& path : glob_paths(root_ + pattern))
      add_directory(path.substr(root_.size()));
  }
  for (const char* directory : {"/lib", "/usr/lib", "/lib32", "/usr/lib32", "/lib64", "/usr/lib64",
                                "/libx32", "/usr/libx32", "/usr/local/lib", "/system/lib"}) {
    add_directory(directory);
  }
}

void LibrarySearch::add_directory(std::string_view directory) {
  if (directory.empty() || directory[0] != '/' || directories_.size() >= kMaxDirectories) return;
  directories_.emplace_back(directory);
}

void LibrarySearch::read_conf(const std::string& path, int depth) {
  const auto real = real_path(path);
  if (!real || depth > kMaxIncludes) return;
  const std::string text = read_whole(*real);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = trimmed(take_line(rest));
    if (!line.starts_with("include ")) {
      add_directory(line.substr(0, line.find('=')));
      continue;
    }
    std::string pattern(trimmed(line.substr(8)));
    if (!pattern.starts_with("/")) pattern = path.substr(0, path.rfind('/') + 1) + pattern;
    for (const std::string& found : glob_paths(root_ + pattern))
      read_conf(found.substr(root_.size()), depth + 1);
  }
}

// openat2(2) follows every link, absolute ones too, without leaving the root.
std::optional<std::string> LibrarySearch::real_path(const std::string& path) const {
  if (!root_fd_) return std::nullopt;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const UniqueFd fd(
      static_cast<int>(::syscall(SYS_openat2, root_fd_.get(), path.c_str(), &how, sizeof how)));
  if (!fd) return std::nullopt;
  char real[PATH_MAX];
  const ssize_t size =
      ::readlink(fmt::format("/proc/self/fd/{}", fd.get()).c_str(), real, sizeof real);
  if (size <= 0 || size == sizeof real) return std::nullopt;
  return std::string(real, static_cast<std::size_t>(size));
}

bool LibrarySearch::try_path(const std::string& path, const Take& take) const {
  const auto real = real_path(path);
  return real && take(*real);
}

bool LibrarySearch::try_paths(const std::string& name, const Asker& asker, std::string_view list,
                              const Take& take) const {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    std::string directory(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    replace_all(directory, "${ORIGIN}", asker.directory);
    replace_all(directory, "$ORIGIN", asker.directory);
    if (directory.empty() || directory[0] != '/') continue;
    if (try_path(directory + "/" + name, take)) return true;
  }
  return false;
}

void LibrarySearch::try_each(const std::string& name, const Asker& asker, const Take& take) const {
  if (name.find('/') != std::string::npos) {
    try_path(name, take);
    return;
  }
  if (try_paths(name, asker, asker.runpath.empty() ? asker.rpath : asker.runpath, take)) return;
  for (const std::string& directory : directories_) {
    if (try_path(directory + "/" + name, take)) return;
  }
}

}  // namespace ttrace::audit
