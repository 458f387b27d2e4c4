#include "tracer/engine/child.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>

#include "tracer/abi/abi.h"
#include "tracer/engine/beside.h"
#include "tracer/engine/init.h"

namespace ttrace {
namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

void send_report(int fd, ChildReport::Kind kind, const std::string& message,
                 const std::string& hint, int exit_status) {
  ChildReport report{};
  report.kind = kind;
  report.exit_status = exit_status;
  std::snprintf(report.message, sizeof report.message, "%s", message.c_str());
  std::snprintf(report.hint, sizeof report.hint, "%s", hint.c_str());
  (void)!write(fd, &report, sizeof report);
}

struct Credentials {
  uid_t uid;
  gid_t gid;
  std::string name;
};

// Looked up inside the root, where the user lives.
Credentials find_user(const std::string& user) {
  errno = 0;
  if (const passwd* const entry = getpwnam(user.c_str())) {
    return {entry->pw_uid, entry->pw_gid, entry->pw_name};
  }
  char* end = nullptr;
  const unsigned long number = std::strtoul(user.c_str(), &end, 10);
  if (!user.empty() && *end == '\0' && number < 0xffffffffu) {
    const auto uid = static_cast<uid_t>(number);
    const passwd* const entry = getpwuid(uid);
    return {uid, entry ? entry->pw_gid : static_cast<gid_t>(number), entry ? entry->pw_name : ""};
  }
  throw UserError(fmt::format("--user {}: no such user", user),
                  "give a name from /etc/passwd, or a number");
}

void become(const Credentials& user) {
  const int groups =
      user.name.empty() ? setgroups(0, nullptr) : initgroups(user.name.c_str(), user.gid);
  if (groups || setresgid(user.gid, user.gid, user.gid) ||
      setresuid(user.uid, user.uid, user.uid)) {
    throw UserError(fmt::format("cannot become user {}: {}", user.uid, strerror(errno)),
                    "--user needs root");
  }
}

bool read_whole(int fd, void* into, std::size_t size) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = read(fd, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<FilterProgram> receive_filter(int fd) {
  std::uint32_t length = 0;
  if (!read_whole(fd, &length, sizeof length) || length > BPF_MAXINSNS) return std::nullopt;
  FilterProgram filter(length);
  if (!read_whole(fd, filter.data(), length * sizeof(sock_filter))) return std::nullopt;
  return filter;
}

// Without CAP_SYS_ADMIN the kernel takes a filter only together with no_new_privs.
void apply_filter(const FilterProgram& filter, int report_fd) {
  if (filter.empty() || load_filter(filter, false) == 0) return;
  const int error = load_filter(filter, true);
  if (error != 0) {
    throw UserError(
        fmt::format("cannot load the seccomp filter: {}", strerror(-error)),
        "the machine or its container does not allow seccomp filters (CONFIG_SECCOMP_FILTER)");
  }
  send_report(report_fd, ChildReport::Kind::kNoNewPrivs, "", "", 0);
}

std::vector<std::string> candidates(const std::string& command) {
  if (command.find('/') != std::string::npos) return {command};
  const char* const path = getenv("PATH");
  std::istringstream directories(path ? path : "/usr/local/bin:/bin:/usr/bin");
  std::vector<std::string> found;
  for (std::string directory; std::getline(directories, directory, ':');) {
    found.push_back((directory.empty() ? "." : directory) + "/" + command);
  }
  return found;
}

std::vector<char*> as_argv(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  return argv;
}

std::optional<unsigned> elf_machine(const std::string& file) {
  Elf32_Ehdr header{};  // e_machine stands at the same place in both classes
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t size = fd < 0 ? 0 : read(fd, &header, sizeof header);
  if (fd >= 0) close(fd);
  if (size != sizeof header || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  return header.e_machine;
}

// As shells decide whether to read a file that the kernel does not know: no zero byte in its first
// line, and not the start of an ELF file.
bool looks_like_script(const std::string& file) {
  std::array<char, 128> start{};
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t size = fd < 0 ? 0 : read(fd, start.data(), start.size());
  if (fd >= 0) close(fd);
  const std::string_view text(start.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view line = text.substr(0, text.find('\n'));
  return !text.starts_with(ELFMAG) && line.find('\0') == std::string_view::npos;
}

// Of a ttrace that is an i386 program itself: such a program would run, but unwatched.
void refuse_foreign(const std::string& file) {
  if (is_traced(Abi::kX86_64) || elf_machine(file) != EM_X86_64) return;
  throw UserError(
      fmt::format("cannot trace {}: it is a 64-bit program", file),
      "this ttrace is an i386 program itself, and traces only such: use ttrace for amd64");
}

UserError exec_error(const std::string& file, int error) {
  struct stat st {};
  if (error == ENOENT && stat(file.c_str(), &st) == 0) {
    return {fmt::format("cannot run {}: its interpreter or dynamic loader is missing", file),
            "for a 32-bit program: apt-get install libc6:i386, or give its system by --root",
            kNotExecutable};
  }
  if (error == ENOEXEC && elf_machine(file)) {
    return {fmt::format("cannot run {}: it is for another processor (ELF machine {})", file,
                        *elf_machine(file)),
            fmt::format("this ttrace runs {} programs", traced_names()), kNotExecutable};
  }
  return {fmt::format("cannot run {}: {}", file, strerror(error)),
          error == EACCES ? "is it executable (chmod +x)?" : "", kNotExecutable};
}

// Looked for before there is a filter, under which each trial would be a stop.
std::vector<std::string> existing(std::vector<std::string> files) {
  std::erase_if(files, [](const std::string& file) {
    struct stat st {};
    return stat(file.c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
  });
  return files;
}

// execvp(3) by hand, to tell a missing command from one that cannot be run, and a foreign ELF file
// from a script without an interpreter line.
[[noreturn]] void execute(const std::vector<std::string>& command,
                          const std::vector<std::string>& files) {
  std::vector<char*> argv = as_argv(command);
  std::string refused;
  int refused_error = 0;
  for (const std::string& file : files) {
    refuse_foreign(file);
    execv(file.c_str(), argv.data());
    const int error = errno;
    if (error == ENOEXEC && looks_like_script(file)) {
      std::vector<std::string> script{"/bin/sh", file};
      script.insert(script.end(), command.begin() + 1, command.end());
      execv("/bin/sh", as_argv(script).data());
    }
    refused = file;
    refused_error = error;
    if (error != EACCES) break;
  }
  if (refused.empty()) {
    throw UserError(fmt::format("{}: command not found", command[0]),
                    "give a path, or a command that is in PATH (inside --root)", kNotFound);
  }
  throw exec_error(refused, refused_error);
}

void refuse_first_systemd(const std::vector<std::string>& files) {
  char* const path = files.empty() ? nullptr : realpath(files[0].c_str(), nullptr);
  const std::string name = path ? path : "";
  std::free(path);
  refuse_systemd(name);
}

// As exec will: what was held must act on the command, not on a copy of ttrace.
void forget_handlers() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    ::signal(signal, SIG_DFL);
  }
}

void take_standard_files(const StandardFiles& files) {
  const std::array<int, 3> wanted{files.in, files.out, files.err};
  for (int fd = 0; fd < 3; ++fd) {
    const int from = wanted[static_cast<std::size_t>(fd)];
    if (from >= 0 && dup2(from, fd) < 0) {
      throw UserError(fmt::format("cannot give the command its files: {}", strerror(errno)), "");
    }
  }
}

}  // namespace

void run_child(const LaunchOptions& options, const InitCgroup* cgroup, const HeldSignals& held,
               int go_fd, int report_fd) {
  int status = 125;
  try {
    if (options.beside) enter_beside(*options.beside);
    if (options.root) enter_root(*options.root);
    if (cgroup) enter_init(*cgroup, options.contained);
    std::optional<Credentials> user;
    if (options.user) user = find_user(*options.user);
    send_report(report_fd, ChildReport::Kind::kReady, options.settle_in ? options.settle_in() : "",
                "", 0);
    const auto filter = receive_filter(go_fd);
    if (!filter) _exit(status);  // the tracer is gone
    forget_handlers();
    held.release();
    const auto files = existing(candidates(options.command[0]));
    if (cgroup && !options.root) refuse_first_systemd(files);
    if (!options.directory.empty()) (void)!chdir(options.directory.c_str());
    apply_filter(*filter, report_fd);
    if (user) become(*user);
    take_standard_files(options.files);
    if (options.check_program) {
      for (const std::string& file : files) options.check_program(file);
    }
    execute(options.command, files);
  } catch (const UserError& error) {
    status = error.exit_status();
    send_report(report_fd, ChildReport::Kind::kFailed, error.what(), error.hint(), status);
  } catch (const std::exception& error) {
    send_report(report_fd, ChildReport::Kind::kFailed, error.what(), "", status);
  }
  _exit(status);
}

}  // namespace ttrace
