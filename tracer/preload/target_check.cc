#include "tracer/preload/target_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>

#include "tracer/base/narrow.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::preload {
namespace {

constexpr int kMostInterpreters = 5;  // fs/exec.c: exec_binprm()

/// What a script's first line names; nullopt: it is no script.
std::optional<std::string> interpreter_of(std::string_view start) {
  if (!start.starts_with("#!")) return std::nullopt;
  start = start.substr(2, start.find('\n') - 2);
  const auto begin = start.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  start.remove_prefix(begin);
  return std::string(start.substr(0, start.find_first_of(" \t")));
}

// ld.so(8), secure-execution mode: AT_SECURE makes the loader leave out names with a slash.
bool gains_privileges(const std::string& file, const struct stat& st) {
  const bool user = (st.st_mode & S_ISUID) && st.st_uid != geteuid();
  const bool group = (st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getegid();
  const bool caps = geteuid() != 0 && getxattr(file.c_str(), "security.capability", nullptr, 0) > 0;
  return user || group || caps;
}

using ElfHandle = std::unique_ptr<Elf, int (*)(Elf*)>;

/// The loader that a program asks for; empty: none.
std::string loader_of(int fd, bool& is_elf) {
  elf_version(EV_CURRENT);
  const ElfHandle elf(elf_begin(fd, ELF_C_READ, nullptr), elf_end);
  std::size_t count = 0;
  is_elf = elf && elf_kind(elf.get()) == ELF_K_ELF && elf_getphdrnum(elf.get(), &count) == 0;
  for (std::size_t i = 0; is_elf && i < count; ++i) {
    GElf_Phdr header;
    if (!gelf_getphdr(elf.get(), static_cast<int>(i), &header) || header.p_type != PT_INTERP) {
      continue;
    }
    std::array<char, 256> name{};
    const std::size_t size = at_most(name.size() - 1, header.p_filesz);
    const ssize_t got = pread(fd, name.data(), size, static_cast<off_t>(header.p_offset));
    if (got > 0) return name.data();
  }
  return "";
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::optional<std::string> why_unwatchable(const std::string& file) {
  std::string at = file;
  for (int i = 0; i < kMostInterpreters; ++i) {
    const UniqueFd fd(open(at.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat st {};
    std::array<char, 256> start{};
    if (stat(at.c_str(), &st) == 0 && S_ISREG(st.st_mode) && gains_privileges(at, st)) {
      return "it runs with privileges of its own (set-user-ID, set-group-ID or capabilities)";
    }
    const ssize_t got = fd ? pread(fd.get(), start.data(), start.size(), 0) : 0;
    if (got <= 0) return std::nullopt;
    const auto next = interpreter_of({start.data(), static_cast<std::size_t>(got)});
    if (next) {
      at = *next;
      continue;
    }
    bool is_elf = false;
    const std::string loader = loader_of(fd.get(), is_elf);
    if (!is_elf) return std::nullopt;
    // The loader itself may be run, with the program's name as its argument.
    if (loader.empty() && !base_name(at).starts_with("ld-")) return "it is statically linked";
    if (loader.find("ld-musl") != std::string::npos) return "its C library is musl";
    return std::nullopt;
  }
  return std::nullopt;
}

void check_watchable(const std::string& file) {
  const auto why = why_unwatchable(file);
  if (!why) return;
  throw UserError(fmt::format("the preload engine cannot watch {}: {}", file, *why),
                  "use --engine ptrace, on a machine or in a container that allows ptrace "
                  "(docker: --cap-add SYS_PTRACE; `ttrace doctor` says more)");
}

}  // namespace ttrace::preload
