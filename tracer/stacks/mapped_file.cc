#include "tracer/stacks/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

namespace ttrace::stacks {
namespace {

// Short-lived children of one program follow each other: its files outlive each of them.
constexpr std::size_t kMaxRecent = 32;
// A target may map any number of files; descriptors are the tracer's.
constexpr std::size_t kMaxOpen = 256;

enum class Match { kNone, kInode, kFile };

Match match(const struct stat& st, const Mapping& mapping) {
  if (!S_ISREG(st.st_mode) || st.st_ino != mapping.inode) return Match::kNone;
  return st.st_dev == mapping.dev ? Match::kFile : Match::kInode;
}

std::optional<FoundFile> find(const std::string& path, struct stat& st) {
  UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  return FoundFile{std::move(fd), file_key(st)};
}

}  // namespace

// The name leads to the file in most cases. Where it is deleted, replaced or hidden, map_files does
// (proc(5): needs CAP_SYS_ADMIN or, since 5.9, CAP_CHECKPOINT_RESTORE), and for the program itself
// /proc/PID/exe, which needs nothing. overlayfs and btrfs show another device in maps than in stat,
// so the inode alone is the last resort.
std::optional<FoundFile> find_mapped_file(Pid tid, const std::string& root,
                                          const Mapping& mapping) {
  struct stat st {};
  auto named = find(root + mapping.name, st);
  const Match by_name = named ? match(st, mapping) : Match::kNone;
  if (by_name == Match::kFile) return named;
  const std::string range =
      fmt::format("/proc/{}/map_files/{:x}-{:x}", raw(tid), mapping.start, mapping.end);
  if (auto mapped = find(range, st)) return mapped;
  auto exe = find(fmt::format("/proc/{}/exe", raw(tid)), st);
  if (exe && match(st, mapping) == Match::kFile) return exe;
  if (by_name == Match::kInode) return named;
  return std::nullopt;
}

std::shared_ptr<ElfFile> FileCache::open(Pid tid, const std::string& root, const Mapping& mapping) {
  const auto found = find_mapped_file(tid, root, mapping);
  if (!found) return nullptr;
  const auto known = files_.find(found->key);
  auto file = known == files_.end() ? nullptr : known->second.lock();
  if (!file) file = reopen(*found);
  if (file) keep(file);
  return file;
}

std::shared_ptr<ElfFile> FileCache::reopen(const FoundFile& found) {
  std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
  if (files_.size() >= kMaxOpen) return nullptr;
  const std::string path = fmt::format("/proc/self/fd/{}", found.path.get());
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return nullptr;
  auto file = ElfFile::from_fd(std::move(fd));
  if (file) files_[found.key] = file;
  return file;
}

void FileCache::keep(const std::shared_ptr<ElfFile>& file) {
  recent_.remove(file);
  recent_.push_front(file);
  if (recent_.size() > kMaxRecent) recent_.pop_back();
}

}  // namespace ttrace::stacks
