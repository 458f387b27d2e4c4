#include "tracer/preload/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>

#include "preload/library/channel.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"
#include "tracer/preload/images.h"

namespace ttrace::preload {
namespace {

// What a dynamic loader may put in place of $LIB (ld.so(8)): Debian's, and those of systems with
// lib32 or lib64.
constexpr std::array<std::pair<const char*, Abi>, 5> kDirectories{{
    {"lib/x86_64-linux-gnu", Abi::kX86_64},
    {"lib64", Abi::kX86_64},
    {"lib/i386-linux-gnu", Abi::kI386},
    {"lib32", Abi::kI386},
    {"lib", Abi::kI386},
}};

[[noreturn]] void fail(const std::string& what) {
  throw UserError(fmt::format("--engine preload: {}: {}", what, strerror(errno)),
                  "the target needs a directory that it can load a library from: make /tmp or "
                  "/dev/shm writable and executable");
}

bool takes_programs(const char* directory) {
  struct statvfs fs {};
  return statvfs(directory, &fs) == 0 && !(fs.f_flag & ST_NOEXEC) &&
         access(directory, W_OK | X_OK) == 0;
}

std::string make_directory() {
  for (const char* const base : {"/tmp", "/dev/shm", "/run", "/var/tmp"}) {
    if (!takes_programs(base)) continue;
    std::string path = fmt::format("{}/ttrace-XXXXXX", base);
    if (mkdtemp(path.data()) && chmod(path.c_str(), 0711) == 0) return path;
  }
  if (errno == 0) errno = EACCES;
  fail("there is no place for the library");
}

void write_file(const std::string& path, std::span<const char> bytes, mode_t mode) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd || fchmod(fd.get(), mode) != 0) fail(path);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t size = write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (size <= 0) fail(path);
    done += static_cast<std::size_t>(size);
  }
}

void add_library(const std::string& place, const char* directory, Abi abi) {
  const std::string path = fmt::format("{}/{}", place, directory);
  for (std::size_t at = place.size() + 1; at != std::string::npos; ++at) {
    at = path.find('/', at);
    const std::string part = path.substr(0, at);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) fail(part);
    (void)chmod(part.c_str(), 0755);
    if (at == std::string::npos) break;
  }
  write_file(path + "/" + kLibraryName, library_image(abi), 0755);
}

/// Puts `item` ahead of what the variable lists.
void prepend(const char* variable, const std::string& item) {
  const char* const others = std::getenv(variable);
  setenv(variable, (others && *others ? item + ":" + others : item).c_str(), 1);
}

// A full disk is found out here: a target that met it as it writes would be killed (SIGBUS).
void make_channel(const std::string& path) {
  write_file(path, {}, 0666);
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) fail(path);
  if (fallocate(fd.get(), 0, 0, kChannelSize) == 0) return;
  if (errno != EOPNOTSUPP || ftruncate(fd.get(), kChannelSize) != 0) fail(path);
}

}  // namespace

std::string make_place() {
  const std::string place = make_directory();
  for (const auto& [directory, abi] : kDirectories) add_library(place, directory, abi);
  make_channel(channel_path(place));
  return place;
}

std::string channel_path(const std::string& place) { return place + "/channel"; }

void enter_environment(const std::string& place) {
  const std::string library = fmt::format("{}/$LIB/{}", place, kLibraryName);
  prepend("LD_PRELOAD", library);
  // AddressSanitizer's runtime ends a program in which a library comes ahead of it, unless told.
  prepend("ASAN_OPTIONS", "verify_asan_link_order=0");
  setenv("TTRACE_CHANNEL", channel_path(place).c_str(), 1);
}

void remove_place(const std::string& place) {
  std::error_code ignored;
  std::filesystem::remove_all(place, ignored);
}

}  // namespace ttrace::preload
