#include "tracer/audit/inspect.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "tracer/audit/elf/elf_image.h"
#include "tracer/audit/elf/examine.h"
#include "tracer/audit/file_buffer.h"

namespace ttrace::audit {
namespace {

constexpr int kTries = 3;
constexpr std::size_t kFirstLine = 256;  // BINPRM_BUF_SIZE: more of it the kernel does not read

Stamp stamp_of(const struct stat& st) {
  return {static_cast<std::uint64_t>(st.st_size),
          std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec, st.st_ino};
}

FileFacts unreadable(std::string why) {
  FileFacts facts;
  facts.file.why = std::move(why);
  return facts;
}

bool looks_like_code(const std::string& path, mode_t mode) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return (mode & 0111) != 0 || name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

/// "/usr/bin/env python3" is python3.
std::string interpreter_of(std::string_view line) {
  line =
      line.substr(2, line.find('\n') == std::string_view::npos ? line.npos : line.find('\n') - 2);
  const auto word = [&line] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    const std::string_view taken = line.substr(0, line.find_first_of(" \t\r"));
    line.remove_prefix(taken.size());
    return std::string(taken);
  };
  const std::string first = word();
  if (!first.ends_with("/env")) return first;
  for (std::string next = word(); !next.empty(); next = word()) {
    if (next[0] != '-' && next.find('=') == std::string::npos) return next;
  }
  return first;
}

FileFacts script(std::string_view head) {
  FileFacts facts;
  facts.file.kind = Kind::kScript;
  facts.file.interpreter = interpreter_of(head);
  return facts;
}

std::optional<FileFacts> look(UniqueFd fd, const Whereabouts& where, const struct stat& st,
                              bool named) {
  char head[kFirstLine];
  const ssize_t got = ::pread(fd.get(), head, sizeof head, 0);
  if (got < 0) return unreadable(std::strerror(errno));
  const std::string_view start(head, static_cast<std::size_t>(got));
  const bool judged = named || looks_like_code(where.path, st.st_mode);
  if (start.empty()) return judged ? std::optional(unreadable("empty")) : std::nullopt;
  if (start.starts_with("#!") && judged) return script(start);
  if (!start.starts_with(ELFMAG)) {
    return named ? std::optional(unreadable("neither an ELF file, a script nor a package"))
                 : std::nullopt;
  }
  FileFacts facts;
  thread_local FileBuffer buffer;
  const std::span<char> bytes = buffer.read(fd.get(), static_cast<std::uint64_t>(st.st_size));
  if (bytes.empty()) {
    examine_elf(ElfImage(std::move(fd)), &where, facts);
  } else {
    examine_elf(ElfImage(bytes.data(), bytes.size()), &where, facts);
  }
  return facts;
}

}  // namespace

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) return std::nullopt;
  return stamp_of(st);
}

std::optional<FileFacts> inspect_bytes(std::vector<char>& bytes, bool executable) {
  const std::string_view start(bytes.data(), std::min(bytes.size(), kFirstLine));
  if (start.starts_with("#!") && executable) return script(start);
  if (!start.starts_with(ELFMAG)) return std::nullopt;
  FileFacts facts;
  examine_elf(ElfImage(bytes.data(), bytes.size()), nullptr, facts);
  return facts;
}

std::optional<FileFacts> inspect(const std::string& path, const std::string& root, bool named) {
  Stamp stamp;
  for (int i = 0; i < kTries; ++i) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat st {};
    if (!fd)
      return errno == ENOENT && !named ? std::nullopt
                                       : std::optional(unreadable(std::strerror(errno)));
    if (::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return unreadable("no regular file");
    stamp = stamp_of(st);
    auto facts = look(std::move(fd), {root, path}, st, named);
    if (!facts || stamp_of(path) == stamp) {
      if (facts) facts->stamp = stamp;
      return facts;
    }
  }
  FileFacts facts = unreadable("it changes while it is read");
  facts.stamp = stamp;
  return facts;
}

}  // namespace ttrace::audit
