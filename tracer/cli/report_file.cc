#include "tracer/cli/report_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // MAXSYMLINKS of the kernel

std::string hint_for(int code) {
  switch (code) {
    case ENOENT:
      return "its directory does not exist; make it first";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a place you may write to";
    case ENOSPC:
    case EDQUOT:
      return "free some space, or write the report elsewhere";
    case EISDIR:
      return "name a file in it";
    case EPIPE:
      return "its reader went away before the report was written";
    default:
      return "choose another place with -o";
  }
}

[[noreturn]] void fail(const std::string& shown, int code) {
  throw UserError(fmt::format("cannot write the report to '{}': {}", shown, strerrordesc_np(code)),
                  hint_for(code));
}

/// The descriptor that `path` is another name of. Opening such a path again would rewind or replace
/// the file behind it.
std::optional<int> descriptor_of(const std::string& path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.compare(0, folder.size(), folder) != 0) continue;
    int fd = -1;
    const char* end = path.data() + path.size();
    const auto [stop, error] = std::from_chars(path.data() + folder.size(), end, fd);
    if (error == std::errc{} && stop == end && fd >= 0) return fd;
  }
  return std::nullopt;
}

/// `path` made absolute with the links at its end followed; what it ends at need not exist.
std::string follow_links(const std::string& path) {
  fs::path at = fs::absolute(path);
  for (int links = 0; links < kMaxLinks; ++links) {
    std::error_code error;
    const fs::path next = fs::read_symlink(at, error);
    if (error) return at.string();
    at = at.parent_path() / next;  // an absolute `next` replaces all
  }
  fail(path, ELOOP);
}

mode_t mode_for_new_files() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

/// An unread pipe must not kill ttrace; and SIG_IGN may not stay, since targets would inherit it.
class IgnoreSigpipe {
 public:
  IgnoreSigpipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before_);
  }
  ~IgnoreSigpipe() { sigaction(SIGPIPE, &before_, nullptr); }
  IgnoreSigpipe(const IgnoreSigpipe&) = delete;
  IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

int write_all(int fd, std::string_view text) {
  const IgnoreSigpipe guard;
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0) {
      return EIO;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

ReportFile::ReportFile(const std::string& path) : shown_(path) {
  if (const auto fd = descriptor_of(path)) {
    fd_ = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
    if (fd_ < 0) fail(shown_, errno);
    return;
  }
  const std::string target = follow_links(path);
  struct stat status {};
  if (stat(target.c_str(), &status) != 0) {
    if (errno != ENOENT) fail(shown_, errno);
    open_temporary(target);
    fchmod(fd_, mode_for_new_files());
  } else if (S_ISDIR(status.st_mode)) {
    fail(shown_, EISDIR);
  } else if (S_ISREG(status.st_mode)) {
    if (faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) fail(shown_, errno);
    open_temporary(target);
    // The owner first: chown clears the set-id bits. Who is not root keeps what they can.
    if (fchown(fd_, status.st_uid, status.st_gid) != 0) errno = 0;
    fchmod(fd_, status.st_mode & 07777);
  } else {
    fd_ = open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd_ < 0) fail(shown_, errno);
  }
}

void ReportFile::open_temporary(const std::string& target) {
  if (fs::path(target).filename().empty()) fail(shown_, EISDIR);
  std::string name = target + ".tmp.XXXXXX";
  fd_ = mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) fail(shown_, errno);
  target_ = target;
  temporary_ = name;
}

ReportFile::ReportFile(ReportFile&& other) noexcept
    : shown_(std::move(other.shown_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      failure_(other.failure_) {}

ReportFile::~ReportFile() {
  if (fd_ >= 0) close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

bool ReportFile::is_terminal() const { return isatty(fd_) == 1; }

void ReportFile::append(std::string_view text) {
  if (failure_ == 0) failure_ = write_all(fd_, text);
}

void ReportFile::finish(std::string_view text) {
  append(text);
  const int fd = std::exchange(fd_, -1);
  const int closed = close(fd) == 0 ? 0 : errno;
  if (failure_ != 0) fail(shown_, failure_);
  if (closed != 0) fail(shown_, closed);
  if (temporary_.empty()) return;
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail(shown_, errno);
  temporary_.clear();
}

}  // namespace ttrace
