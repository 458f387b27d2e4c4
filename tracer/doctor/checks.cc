#include "tracer/doctor/checks.h"

#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tracer/abi/abi.h"
#include "tracer/audit/run/call_watch.h"
#include "tracer/base/first_line.h"
#include "tracer/base/own_status.h"
#include "tracer/base/result.h"
#include "tracer/base/yama.h"
#include "tracer/doctor/trial_child.h"
#include "tracer/engine/ptrace.h"
#include "tracer/preload/place.h"

namespace ttrace {
namespace {

using State = Check::State;

// i386 to i686 are what a 32-bit kernel says, and a 64-bit one to who asks for that (setarch(8)).
bool is_x86(std::string_view machine) {
  const bool narrow = machine.size() == 4 && machine[0] == 'i' && machine.ends_with("86");
  return machine == "x86_64" || (narrow && !is_traced(Abi::kX86_64));
}

Check check_kernel() {
  utsname name{};
  uname(&name);
  const std::string release = name.release;
  const auto version = kernel_version(release);
  Check check{"kernel", State::kFine, fmt::format("Linux {} on {}", release, name.machine), "", ""};
  if (!is_x86(name.machine)) {
    check = {"kernel", State::kMissing, check.seen, "everything: ttrace runs on x86",
             "use an x86-64 machine; it traces 32-bit x86 programs too"};
  } else if (version < std::pair(5, 3)) {
    check.state = State::kMissing;
    check.costs = "tracing: the kernel does not tell a tracer about system calls as ttrace asks";
    check.remedy = "use Linux 5.3 or later (PTRACE_GET_SYSCALL_INFO)";
  } else if (version < std::pair(5, 6)) {
    check.state = State::kLimited;
    check.costs = "faults of --connect, and sockets' options in findings";
    check.remedy = "use Linux 5.6 or later (pidfd_getfd)";
  }
  return check;
}

std::string comm_of(const std::string& pid) { return first_line("/proc/" + pid + "/comm"); }

Check check_ptrace() {
  const std::string scope = yama_scope();
  const std::string told =
      scope.empty() ? "" : fmt::format(" (kernel.yama.ptrace_scope = {})", scope);
  const std::string tracer = own_status("TracerPid");
  const IdleChild child;
  const auto seized = seize(child.pid(), Watch::kFilter);
  if (seized && yama_refuses_attach()) {
    return {"ptrace", State::kLimited, "allowed on what ttrace starts" + told,
            "attach to other processes", yama_remedy()};
  }
  if (seized) return {"ptrace", State::kFine, "allowed" + told, "", ""};
  Check check{
      "ptrace", State::kMissing, strerror(seized.error().code) + told,
      "attach, --crash, --init, --core-pattern, --kernel, and programs that --engine preload "
      "cannot watch",
      yama_refuses_children() ? yama_remedy() : "in a container: --cap-add SYS_PTRACE"};
  if (!tracer.empty() && tracer != "0") {
    check.seen += fmt::format("; {}[{}] traces ttrace itself", comm_of(tracer), tracer);
    check.remedy = "tracers cannot be nested: run ttrace without " + comm_of(tracer);
  }
  return check;
}

// SECCOMP_SET_MODE_FILTER with a filter that lets everything pass. 0: it is loaded.
int load_empty_filter(bool no_new_privs) {
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
  if (!context) return 1;
  seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, no_new_privs);
  return seccomp_load(context) == 0 ? 0 : 1;
}

Check check_seccomp() {
  if (in_child([] { return load_empty_filter(true); }) != 0) {
    return {
        "seccomp", State::kMissing, "no filter can be loaded",
        "tracing: without a filter every system call would be a stop",
        "a kernel with CONFIG_SECCOMP_FILTER; in a container, a profile that allows seccomp(2)"};
  }
  if (in_child([] { return load_empty_filter(false); }) != 0) {
    return {"seccomp", State::kLimited, "filters can be loaded with no_new_privs only",
            "set-user-ID programs run without their privileges",
            "run ttrace as root, with -u USER for the target"};
  }
  return {"seccomp", State::kFine,
          "filters can be loaded, set-user-ID programs keep their privileges", "", ""};
}

int call_32bit_entry() { return pid_by_32bit_entry() > 0 ? 0 : 1; }

Check check_i386() {
  if (in_child(call_32bit_entry) != 0) {
    return {"i386", State::kMissing, "the kernel runs no 32-bit programs",
            "32-bit programs, which are those that break in 2038",
            "a kernel with CONFIG_IA32_EMULATION, not booted with ia32_emulation=0"};
  }
  if (access("/lib/ld-linux.so.2", F_OK) != 0) {
    return {
        "i386", State::kLimited, "the kernel runs 32-bit programs, but their libc is not installed",
        "32-bit programs outside of a --root that has it",
        "dpkg --add-architecture i386 && apt-get update && apt-get install libc6:i386; or --root "
        "DIR, as samples/quickstart.sh makes one"};
  }
  return {"i386", State::kFine, "32-bit programs run, and their libc is installed", "", ""};
}

// Hardware breakpoints are passed on by most virtual machines, but not by all.
Check check_breakpoints() {
  const IdleChild child;
  bool set = false;
  if (seize(child.pid(), Watch::kFilter) && interrupt(child.pid())) {
    int status = 0;
    waitpid(raw(child.pid()), &status, __WALL);
    constexpr std::uint64_t kEnable = 1;  // register 0, on execution
    set = set_debug_register(child.pid(), 0, 0x1000) && set_debug_register(child.pid(), 7, kEnable);
  }
  if (set) return {"debug registers", State::kFine, "they can be set", "", ""};
  return {"debug registers", State::kLimited, "they cannot be set",
          "the return of a failing library call is not seen: its findings are not `confirmed`",
          "let the virtual machine or container have hardware breakpoints"};
}

Check check_privileges() {
  if (geteuid() == 0 && has_capability(CAP_SYS_ADMIN) && has_capability(CAP_SYS_PTRACE)) {
    return {"privileges", State::kFine, "root, with CAP_SYS_ADMIN and CAP_SYS_PTRACE", "", ""};
  }
  const char* const who = geteuid() == 0 ? "root without all capabilities" : "an ordinary user";
  return {
      "privileges", State::kLimited, who,
      "-u USER, set-user-ID programs with their privileges, and device nodes in --root",
      geteuid() == 0 ? "in a container: --cap-add SYS_ADMIN --cap-add SYS_PTRACE" : "sudo ttrace"};
}

Check check_namespaces() {
  const int flags = geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  if (in_child([flags] { return unshare(flags) == 0 ? 0 : 1; }) == 0) {
    return {"namespaces", State::kFine,
            geteuid() == 0 ? "mounts can be made apart" : "users can make their own", "", ""};
  }
  return {"namespaces", State::kLimited, "none can be made", "--root",
          geteuid() == 0 ? "in a container: --cap-add SYS_ADMIN"
                         : "run ttrace as root, or sysctl kernel.unprivileged_userns_clone=1 and "
                           "user.max_user_namespaces=10000"};
}

Check check_overlay() {
  std::ifstream file("/proc/filesystems");
  for (std::string word; file >> word;) {
    if (word == "overlay") return {"overlay", State::kFine, "the kernel has it", "", ""};
  }
  return {"overlay", State::kLimited, "not (yet) loaded",
          "--root without --root-writable, if the module cannot be loaded", "modprobe overlay"};
}

Check check_call_watch() {
  switch (audit::CallWatch::possible()) {
    case audit::CallWatch::Link::kAll:
      return {"call watch", State::kFine, "the kernel can note calls of a C library", "", ""};
    case audit::CallWatch::Link::kEach:
      return {"call watch", State::kLimited, "the kernel notes calls by one link for each function",
              "time: audit --run takes some seconds more to end", "Linux 6.6 or later"};
    case audit::CallWatch::Link::kNone:
      break;
  }
  return {"call watch", State::kLimited, fmt::format("bpf(2): {}", strerror(errno)),
          "audit --run: \"reached and fine\", of calls that do not fail",
          "run as root (CAP_BPF, CAP_PERFMON), on Linux 5.15 or later with CONFIG_UPROBE_EVENTS"};
}

Check check_sockets() {
  const IdleChild child;
  const long handle = syscall(SYS_pidfd_open, raw(child.pid()), 0);
  const long copy = handle < 0 ? -1 : syscall(SYS_pidfd_getfd, handle, STDERR_FILENO, 0);
  const int error = errno;
  if (copy >= 0) close(static_cast<int>(copy));
  if (handle >= 0) close(static_cast<int>(handle));
  // A closed standard error is not what was asked about.
  if (copy >= 0 || error == EBADF) return {"sockets", State::kFine, "can be looked at", "", ""};
  return {"sockets", State::kLimited, fmt::format("cannot be looked at: {}", strerror(error)),
          "faults of --connect, and sockets' options in findings",
          "Linux 5.6 or later; in a container, a profile that allows pidfd_getfd(2)"};
}

Check check_container() {
  const bool filtered = own_status("Seccomp") == "2";
  const bool no_new_privs = own_status("NoNewPrivs") == "1";
  if (!filtered && !no_new_privs) {
    return {"container", State::kFine, "ttrace itself is under no filter", "", ""};
  }
  return {"container", State::kLimited,
          fmt::format("ttrace itself is under {}{}{}", filtered ? "a seccomp filter" : "",
                      filtered && no_new_privs ? " and " : "", no_new_privs ? "no_new_privs" : ""),
          "system calls that the filter refuses, and set-user-ID programs with no_new_privs",
          "run outside of the container, or with --security-opt seccomp=unconfined"};
}

Check check_debuginfod() {
  const char* const urls = std::getenv("DEBUGINFOD_URLS");
  if (urls && *urls) return {"debuginfod", State::kFine, urls, "", ""};
  return {"debuginfod", State::kLimited, "not configured",
          "function names and lines of stripped programs whose -dbgsym packages are not installed",
          "export DEBUGINFOD_URLS=https://debuginfod.debian.net (needs network)"};
}

Check check_preload() {
  const int result = in_child([] {
    try {
      preload::remove_place(preload::make_place());
      return 0;
    } catch (const UserError&) {
      return 1;
    }
  });
  if (result != 0) {
    return {"preload", State::kLimited, "there is no place to load the library from",
            "--engine preload, which takes no ptrace",
            "make /tmp or /dev/shm writable, and mount it without noexec"};
  }
  return {"preload", State::kFine,
          "--engine preload can watch what is neither static nor set-user-ID", "", ""};
}

Check check_unwinder() {
  return {"unwinder", State::kFine,
          fmt::format("libdw {}, for {}", dwfl_version(nullptr), traced_names()), "", ""};
}

}  // namespace

std::pair<int, int> kernel_version(const std::string& release) {
  int major = 0, minor = 0;
  if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) return {0, 0};
  return {major, minor};
}

Check examine_core_pattern(const std::string& pattern) {
  Check check{"core_pattern", State::kFine, pattern.empty() ? "empty" : pattern, "", ""};
  if (pattern.empty() || pattern == "|/bin/false" || pattern == "|/bin/true") {
    check.state = State::kLimited;
    check.costs = "the cores of programs that crash: none is kept";
    check.remedy = "sysctl kernel.core_pattern=/var/tmp/core.%e.%p, or install systemd-coredump";
    return check;
  }
  if (pattern[0] != '|') return check;
  const std::string program = pattern.substr(1, pattern.find(' ') - 1);
  if (access(program.c_str(), X_OK) != 0) {
    check.state = State::kLimited;
    check.costs = fmt::format("the cores of programs that crash: {} is not there", program);
    check.remedy = "install it, or set kernel.core_pattern to a file";
  }
  return check;
}

std::vector<Check> examine_machine() {
  return {check_kernel(),      check_ptrace(),
          check_seccomp(),     check_i386(),
          check_breakpoints(), check_privileges(),
          check_namespaces(),  check_overlay(),
          check_call_watch(),  check_sockets(),
          check_container(),   examine_core_pattern(first_line("/proc/sys/kernel/core_pattern")),
          check_preload(),     check_unwinder(),
          check_debuginfod()};
}

}  // namespace ttrace
