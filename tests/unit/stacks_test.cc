// Stacks of real stopped children, since nothing else has a stack; and the decoding below them on
// made-up input.
#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "tracer/engine/native.h"
#include "tracer/stacks/libc_names.h"
#include "tracer/stacks/proc_maps.h"
#include "tracer/stacks/stack_walker.h"
#include "tracer/stacks/symbol_name.h"

using namespace ttrace;

namespace stacks_test {

volatile int sink;

// The calls must stay calls, and none the last thing its caller does.
__attribute__((noinline)) void stop_here() {
  ::raise(SIGSTOP);
  sink = sink + 1;
}
__attribute__((noinline)) void level_two() {
  stop_here();
  sink = sink + 1;
}
__attribute__((noinline)) void level_one() {
  level_two();
  sink = sink + 1;
}
void on_signal(int) {
  stop_here();
  sink = sink + 1;
}
__attribute__((noinline)) void interrupted() {
  ::raise(SIGUSR1);
  sink = sink + 1;
}
void stop_in_handler() {
  ::signal(SIGUSR1, on_signal);
  interrupted();
  sink = sink + 1;
}

}  // namespace stacks_test

namespace {

/// A child that runs `code` under ptrace up to its first SIGSTOP; killed at the end of the scope.
class Child {
 public:
  explicit Child(void (*code)()) : pid_(::fork()) {
    if (pid_ == 0) run(code);
    int status = 0;
    while (::waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status)) {
      if (WSTOPSIG(status) == SIGSTOP) {
        const auto regs = get_regs(pid());
        stopped_ = static_cast<bool>(regs);
        if (regs) regs_ = *regs;
        return;
      }
      const bool event = WSTOPSIG(status) == SIGTRAP;
      ::ptrace(PTRACE_CONT, pid_, nullptr, event ? 0 : WSTOPSIG(status));
    }
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, __WALL);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool stopped() const { return stopped_; }
  Pid pid() const { return Pid{pid_}; }
  const Registers& regs() const { return regs_; }
  std::uint64_t word(RemotePtr at) const {
    errno = 0;
    return static_cast<unsigned long>(::ptrace(PTRACE_PEEKDATA, pid_, raw(at), nullptr));
  }

 private:
  [[noreturn]] static void run(void (*code)()) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    code();
    ::_exit(0);
  }

  pid_t pid_;
  bool stopped_ = false;
  Registers regs_{};
};

std::vector<std::string> functions(const Stack& stack) {
  std::vector<std::string> names;
  for (const Frame& frame : stack) names.push_back(frame.function.value_or(""));
  return names;
}

std::ptrdiff_t index_of(const std::vector<std::string>& names, const std::string& wanted) {
  return std::find(names.begin(), names.end(), wanted) - names.begin();
}

}  // namespace

#define REQUIRE_STOPPED(child)                     \
  if (!(child).stopped()) {                        \
    WARN("skipped: ptrace is not permitted here"); \
    return;                                        \
  }

TEST_CASE("a stack is walked and named", "[stacks]") {
  const Child child(stacks_test::level_one);
  REQUIRE_STOPPED(child);
  StackWalker walker;
  const RawStack stack = walker.walk(child.pid(), child.pid(), unwind_state(child.regs()), 64);
  REQUIRE(stack.size() > 4);
  CHECK(stack[0].activation);
  CHECK(std::count_if(stack.begin(), stack.end(), [](auto& f) { return f.activation; }) == 1);

  const Stack named = walker.symbolize(child.pid(), stack);
  const auto names = functions(named);
  const auto stop = index_of(names, "stacks_test::stop_here()");
  REQUIRE(stop + 2 < std::ssize(names));
  CHECK(names[stop + 1] == "stacks_test::level_two()");
  CHECK(names[stop + 2] == "stacks_test::level_one()");
  CHECK(index_of(names, "main") < std::ssize(names));
  CHECK(named[stop].module.find("/") == 0);
  CHECK(named[stop].function_offset > 0);
  CHECK(named[stop].offset.has_value());
  CHECK(named[stop].ip > *named[stop].offset);
}

TEST_CASE("return slots hold the return addresses", "[stacks]") {
  const Child child(stacks_test::level_one);
  REQUIRE_STOPPED(child);
  StackWalker walker;
  const RawStack stack = walker.walk(child.pid(), child.pid(), unwind_state(child.regs()), 64);
  REQUIRE(stack.size() > 4);
  for (std::size_t i = 0; i + 1 < stack.size(); ++i) {
    REQUIRE(stack[i].return_slot.has_value());
    CHECK(child.word(*stack[i].return_slot) == raw(stack[i + 1].ip));
  }
  CHECK_FALSE(stack.back().return_slot.has_value());
}

TEST_CASE("a signal frame is crossed", "[stacks]") {
  const Child child(stacks_test::stop_in_handler);
  REQUIRE_STOPPED(child);
  StackWalker walker;
  const RawStack stack = walker.walk(child.pid(), child.pid(), unwind_state(child.regs()), 64);
  const auto names = functions(walker.symbolize(child.pid(), stack));
  const auto handler = index_of(names, "stacks_test::on_signal(int)");
  const auto below = index_of(names, "stacks_test::interrupted()");
  REQUIRE(below < std::ssize(names));
  CHECK(handler < below);
  // The trampoline and what the signal interrupted.
  CHECK(std::count_if(stack.begin(), stack.end(), [](auto& f) { return f.activation; }) == 3);
}

TEST_CASE("depth bounds a walk", "[stacks]") {
  const Child child(stacks_test::level_one);
  REQUIRE_STOPPED(child);
  StackWalker walker;
  const UnwindState state = unwind_state(child.regs());
  CHECK(walker.walk(child.pid(), child.pid(), state, 0).empty());
  CHECK(walker.walk(child.pid(), child.pid(), state, 1).size() == 1);
  CHECK(walker.walk(child.pid(), child.pid(), state, 3).size() == 3);
}

TEST_CASE("garbage registers end the stack and no more", "[stacks]") {
  const Child child(stacks_test::level_one);
  REQUIRE_STOPPED(child);
  StackWalker walker;
  const UnwindState good = unwind_state(child.regs());
  std::uint64_t random = 88172645463325252ULL;
  const auto next = [&] {
    random ^= random << 13;
    random ^= random >> 7;
    return random ^= random << 17;
  };
  for (int i = 0; i < 2000; ++i) {
    UnwindState state = good;
    if (i % 4 == 0) state.ip = i % 8 == 0 ? 0 : next();
    if (i % 3 == 0) state.abi = Abi::kI386, state.count = 9;
    for (unsigned r = 0; r < state.count; ++r) {
      if (i % 5 == 0) state.dwarf[r] = i % 2 == 0 ? 0 : next();
      if (i % 5 == 1) state.dwarf[r] = good.dwarf[7] + next() % 4096;
    }
    const RawStack stack = walker.walk(child.pid(), child.pid(), state, 64);
    REQUIRE(!stack.empty());
    REQUIRE(stack.size() <= 64);
    CHECK(raw(stack[0].ip) == state.ip);
    CHECK(walker.symbolize(child.pid(), stack).size() >= stack.size());
  }
}

TEST_CASE("a process that is gone has a stack of one address", "[stacks]") {
  UnwindState state;
  state.ip = 0x1234;
  state.count = 17;
  Pid gone{};
  RawStack stack;
  StackWalker walker;
  {
    const Child child(stacks_test::level_one);
    gone = child.pid();
  }
  stack = walker.walk(gone, gone, state, 16);
  REQUIRE(stack.size() == 1);
  const Stack named = walker.symbolize(gone, stack);
  CHECK(named[0].ip == 0x1234);
  CHECK(named[0].module.empty());
  CHECK_FALSE(named[0].function);
}

TEST_CASE("the C library is recognised", "[stacks]") {
  const Child child(stacks_test::level_one);
  REQUIRE_STOPPED(child);
  StackWalker walker;
  const RawStack stack = walker.walk(child.pid(), child.pid(), unwind_state(child.regs()), 64);
  REQUIRE(!stack.empty());
  const Stack named = walker.symbolize(child.pid(), stack);
  for (const Frame& frame : named) {
    const bool libc = frame.module.find("/libc.so") != std::string::npos ||
                      frame.module.find("/ld-musl-") != std::string::npos;
    CHECK(walker.is_libc(child.pid(), RemotePtr{frame.ip}) == libc);
  }
  CHECK_FALSE(walker.is_libc(child.pid(), RemotePtr{0}));
  CHECK(stacks::names_libc("/lib/i386-linux-gnu/libc.so.6"));
  CHECK(stacks::names_libc("/lib/libc-2.31.so"));
  CHECK(stacks::names_libc("/lib/ld-musl-i386.so.1"));
  CHECK(stacks::names_libc("libc.musl-x86_64.so.1"));
  CHECK(stacks::names_libc("libpthread.so.0"));
  CHECK_FALSE(stacks::names_libc("/lib/libcrypt.so.1"));
  CHECK_FALSE(stacks::names_libc("/libc.so.6/program"));
}

TEST_CASE("maps with hostile names are taken as the kernel means them", "[stacks]") {
  const auto maps = stacks::parse_maps(
      "00400000-00401000 r-xp 00001000 fe:01 42                 /tmp/a b\\012 (deleted)\n"
      "00401000-00402000 rw-p 00000000 00:00 0 \n"
      "00402000-00403000 r-xp 00000000 00:00 0 \n"
      "garbage\n"
      "00300000-00301000 r-xp 00000000 00:00 0   out of order\n"
      "7ffe0000-7ffe2000 r-xp 00000000 00:00 0                  [vdso]");
  REQUIRE(maps.size() == 3);
  CHECK(maps[0].name == "/tmp/a b\\012 (deleted)");
  CHECK(maps[0].offset == 0x1000);
  CHECK(maps[0].inode == 42);
  CHECK(maps[0].in_file());
  CHECK(maps[1].name.empty());
  CHECK(maps[2].is_vdso());
}

TEST_CASE("files below a root directory are named as from there", "[stacks]") {
  auto maps = stacks::parse_maps(
      "00400000-00401000 r-xp 00000000 fe:01 42      /srv/root/bin/a\n"
      "00401000-00402000 r-xp 00000000 fe:01 42      /srv/rootless\n"
      "00402000-00403000 r-xp 00000000 fe:01 42      /srv/root\n");
  REQUIRE(maps.size() == 3);
  stacks::strip_root(maps, "/");
  CHECK(maps[0].name == "/srv/root/bin/a");
  stacks::strip_root(maps, "/srv/root");
  CHECK(maps[0].name == "/bin/a");
  CHECK(maps[1].name == "/srv/rootless");
  CHECK(maps[2].name == "/srv/root");
}

TEST_CASE("of aliases the public name is taken", "[stacks]") {
  using stacks::SymbolName;
  const auto better = [](const SymbolName& a, const SymbolName& b) {
    return stacks::rank(a) < stacks::rank(b);
  };
  CHECK(better({"gettimeofday", false, STB_WEAK}, {"__gettimeofday", false, STB_GLOBAL}));
  CHECK(better({"__time", false, STB_LOCAL}, {"__gai", true, STB_GLOBAL}));
  CHECK(better({"raise", false, STB_GLOBAL}, {"gsignal", false, STB_GLOBAL}));
  CHECK(better({"zeta", false, STB_GLOBAL}, {"alfa", false, STB_WEAK}));
  CHECK(stacks::readable("gettimeofday@@GLIBC_2.0") == "gettimeofday");
  CHECK(stacks::readable("_ZN1a1bEv") == "a::b()");
  CHECK(stacks::readable("_Znot_mangled") == "_Znot_mangled");
}
