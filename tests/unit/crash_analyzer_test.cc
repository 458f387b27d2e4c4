// crash.* findings from events made by hand.
#include <catch2/catch.hpp>
#include <csignal>

#include "analyzers/analyzer.h"
#include "analyzers/builtin.h"
#include "analyzers/signal_safety.h"

namespace ttrace {
namespace {

using namespace std::chrono_literals;
using Catch::Contains;
using Kind = CrashStep::Kind;

// A process 12 that has a parent, and a clock that ticks once for each event.
class Tale {
 public:
  Tale() : analyzer_(make_crash_analyzer()) {}

  template <typename What>
  Tale& tell(What what, int pid = 12) {
    Event event;
    event.at = ++ticks_ * 1ms;
    event.process = {pid, pid, "daemon", "/usr/bin/daemon", "i386"};
    event.what = std::move(what);
    analyzer_->on_event(event, out_);
    return *this;
  }
  Tale& step(Kind kind, int pid = 12) {
    CrashStep step = next_;
    next_ = {};
    step.story = 12;
    step.kind = kind;
    return tell(step, pid);
  }
  CrashStep& next() { return next_; }
  Tale& handler(int signal, std::vector<std::string> flags = {}) {
    return tell(SignalAction{
        signal, SignalAction::What::kHandler, 0x1234, std::move(flags), {"rt_sigaction", {}, {}}});
  }
  std::vector<Finding> findings() {
    analyzer_->on_end(out_);
    return out_.all();
  }

 private:
  std::unique_ptr<Analyzer> analyzer_;
  FindingList out_;
  CrashStep next_;
  int ticks_ = 0;
};

FatalSignal fault(SignalAction::What action) {
  FatalSignal fatal;
  fatal.story = 12;
  fatal.signal = SIGSEGV;
  fatal.code = "SEGV_MAPERR";
  fatal.address = 0;
  fatal.mapped = "not mapped";
  fatal.action = action;
  fatal.stack.push_back({0x10, "/usr/lib/libglib.so", "", 0x10, "g_hash_lookup", 4, {}, {}, false});
  fatal.core.limit = fatal.core.file_limit = CoreConditions::kUnlimited;
  fatal.core.pattern = "core";
  fatal.core.target = "/core";
  fatal.core.directory = "/";
  return fatal;
}

CrashEnd died(int signal, bool dumped) {
  CrashEnd end;
  end.story = 12;
  end.signal = signal;
  end.core_dumped = dumped;
  return end;
}

CrashEnd exited(int code) {
  CrashEnd end;
  end.story = 12;
  end.code = code;
  return end;
}

std::vector<std::string> ids(const std::vector<Finding>& findings) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings) ids.push_back(finding.id);
  return ids;
}

constexpr auto kDefault = SignalAction::What::kDefault;
constexpr auto kHandler = SignalAction::What::kHandler;
using Ids = std::vector<std::string>;

TEST_CASE("handlers and limits alone give no finding", "[crash]") {
  Tale tale;
  tale.handler(SIGQUIT).handler(SIGSEGV, {"SA_ONSTACK"});
  tale.tell(CoreSetting{CoreSetting::What::kCoreLimit, 12, 0, {"setrlimit", {}, 0}});
  tale.tell(ProcessExited{0, {}});
  CHECK(tale.findings().empty());
}

TEST_CASE("the default action: the signal and the core's fate", "[crash]") {
  const auto kept = Tale().tell(fault(kDefault)).tell(died(SIGSEGV, true)).findings();
  REQUIRE(ids(kept) == Ids{"crash.signal", "crash.core-kept"});
  CHECK(kept[0].level == Level::kError);
  CHECK(kept[0].message ==
        "SIGSEGV at 0x0 (not mapped) in g_hash_lookup: no handler, the default action");
  CHECK(kept[1].level == Level::kNote);
  Tale tale;
  tale.tell(CoreSetting{CoreSetting::What::kDumpable, 12, 0, {"prctl", {}, 0}});
  const auto lost = tale.tell(fault(kDefault)).tell(died(SIGSEGV, false)).findings();
  REQUIRE(ids(lost) == Ids{"crash.signal", "crash.core-lost"});
  CHECK_THAT(lost[1].message, Contains("PR_SET_DUMPABLE, 0"));
}

TEST_CASE("what was set before is told first, the last change of each kind", "[crash]") {
  using What = CoreSetting::What;
  Tale tale;
  tale.tell(CoreSetting{What::kStackLimit, 12, 4096, {"setrlimit", {"RLIMIT_STACK", "4096"}, 0}});
  tale.tell(CoreSetting{What::kStackLimit, 12, 8192, {"setrlimit", {"RLIMIT_STACK", "8192"}, 0}});
  tale.tell(CoreSetting{What::kOther, 12, 1, {"prctl", {"PR_SET_NO_NEW_PRIVS", "1"}, 0}});
  tale.tell(CoreSetting{What::kOther, 12, 65536, {"sigaltstack", {"0x1000", "65536"}, 0}});
  auto full = fault(kHandler);
  full.mapped = "not mapped, just below the stack, whose limit is 8192 bytes";
  const auto told = tale.handler(SIGSEGV).tell(full).tell(died(SIGSEGV, false)).findings();
  REQUIRE(!told.empty());
  CHECK_THAT(told[0].hint, Contains("RLIMIT_STACK (daemon[12] at 0.002 s set it by setrlimit())"));
  std::vector<std::string> lines;
  for (const StoryStep& step : told[0].crash->steps) lines.push_back(step.text);
  REQUIRE(lines.size() >= 5);
  CHECK(lines[0] == "daemon[12] sets RLIMIT_STACK to 8192 by setrlimit()");
  CHECK(lines[1] == "daemon[12] calls prctl(PR_SET_NO_NEW_PRIVS, 1) = 0");
  CHECK(lines[2] == "daemon[12] sets an alternate stack for its handlers: 65536 bytes at 0x1000");
  CHECK(lines[3] == "daemon[12] installs a handler for SIGSEGV");
}

TEST_CASE("a change that was refused is told, and changes nothing", "[crash]") {
  Tale tale;
  tale.tell(CoreSetting{CoreSetting::What::kDumpable, 12, 7, {"prctl", {"PR_SET_DUMPABLE"}, -22}});
  const auto told = tale.tell(fault(kDefault)).tell(died(SIGSEGV, true)).findings();
  REQUIRE(ids(told) == Ids{"crash.signal", "crash.core-kept"});
  CHECK(told[0].crash->steps.at(0).text ==
        "daemon[12] calls prctl(PR_SET_DUMPABLE) fails with EINVAL");
}

TEST_CASE("a handler for which there is no stack could not run", "[crash]") {
  auto again = fault(kDefault);
  again.address.reset();
  const auto told = Tale()
                        .handler(SIGSEGV)
                        .tell(fault(kHandler))
                        .tell(again)
                        .tell(died(SIGSEGV, false))
                        .findings();
  CHECK(told[0].crash->outcome == "it could not run, for want of a stack");
  CHECK_THAT(told[2].message, Contains("was never entered"));
  CHECK_THAT(told[2].hint, Contains("sigaltstack()"));
}

TEST_CASE("what makes a process undumpable goes with exec, its limit stays", "[crash]") {
  Tale tale;
  tale.tell(CoreSetting{CoreSetting::What::kDumpable, 12, 0, {"prctl", {}, 0}});
  tale.tell(CoreSetting{CoreSetting::What::kCoreLimit, 12, 0, {"setrlimit", {}, 0}});
  tale.tell(ProcessExeced{});
  FatalSignal fatal = fault(kDefault);
  fatal.core.limit = 0;
  const auto lost = tale.tell(fatal).tell(died(SIGSEGV, false)).findings();
  CHECK_THAT(lost.at(1).message, Contains("RLIMIT_CORE is 0 (daemon[12] at 0.002 s set it to 0"));
}

TEST_CASE("a fork inherits what its parent had set", "[crash]") {
  Tale tale;
  tale.handler(SIGSEGV, {"SA_NODEFER"});
  tale.tell(ProcessStarted{12}, 13);
  FatalSignal fatal = fault(kHandler);
  fatal.story = 13;
  CrashEnd end = exited(1);
  end.story = 13;
  const auto found = tale.tell(fatal, 13).tell(end, 13).findings();
  REQUIRE(found.size() > 1);
  CHECK(found[1].id == "crash.handler");
  CHECK_THAT(found[1].message, Contains("SA_NODEFER"));
}

TEST_CASE("systemd's way: the child dumps, the parent waits", "[crash]") {
  Tale tale;
  tale.handler(SIGSEGV, {"SA_NODEFER"}).tell(fault(kHandler));
  tale.next().function = "crash";
  tale.step(Kind::kEntered);
  tale.next().pid = 13;
  tale.step(Kind::kForked).tell(ProcessStarted{12}, 13);
  tale.next().signal = SIGSEGV;
  tale.next().detail = "SIG_DFL";
  tale.step(Kind::kAction, 13);
  tale.next().signal = SIGSEGV;
  tale.next().syscall.name = "kill";
  tale.step(Kind::kRaised, 13).tell(fault(kDefault), 13).tell(died(SIGSEGV, true), 13);
  tale.next().pid = 13;
  tale.next().detail = "was killed by SIGSEGV and dumped core (CLD_DUMPED)";
  const auto found = tale.step(Kind::kWaited).tell(exited(1)).findings();
  REQUIRE(ids(found) ==
          Ids{"crash.signal", "crash.handler", "crash.handler-path", "crash.core-kept"});
  CHECK(found[3].process.pid == 13);
  CHECK(found[2].level == Level::kWarning);
  CHECK_THAT(found[2].message, Contains("forked 13"));
  std::vector<std::string> story;
  for (const StoryStep& line : found[0].crash->steps) story.push_back(line.text);
  CHECK(story == std::vector<std::string>{
                     "daemon[12] installs a handler for SIGSEGV (SA_NODEFER)",
                     "SIGSEGV at 0x0 (not mapped) in g_hash_lookup", "handler crash() runs on ",
                     "handler crash() forks 13", "13 restores SIG_DFL for SIGSEGV",
                     "13 raises SIGSEGV by kill() again",
                     "13 SIGSEGV at 0x0 (not mapped) in g_hash_lookup: default action",
                     "13 is killed by SIGSEGV, core dumped",
                     "sees that 13 was killed by SIGSEGV and dumped core (CLD_DUMPED)",
                     "is gone with status 1"});
}

TEST_CASE("a handler that exits loses the core", "[crash]") {
  Tale tale;
  tale.handler(SIGSEGV).tell(fault(kHandler)).step(Kind::kEntered);
  tale.next().value = 42;
  const auto found = tale.step(Kind::kExits).tell(exited(42)).findings();
  REQUIRE(ids(found) ==
          Ids{"crash.signal", "crash.handler", "crash.handler-path", "crash.core-lost"});
  CHECK(found[0].crash->outcome == "it exited");
  CHECK_THAT(found[3].message, Contains("exited with status 42 after SIGSEGV"));
}

TEST_CASE("outcomes: returned, jumped, crashed itself, hung", "[crash]") {
  const auto outcome = [](Tale& tale) { return tale.findings().at(0).crash->outcome; };
  Tale returned;
  returned.handler(SIGSEGV).tell(fault(kHandler)).step(Kind::kEntered).step(Kind::kReturned);
  CHECK(outcome(returned.tell(exited(0))) == "it returned");
  Tale jumped;
  jumped.handler(SIGSEGV).tell(fault(kHandler)).step(Kind::kEntered).step(Kind::kJumped);
  CHECK(outcome(jumped.tell(exited(0))) == "it was left by a jump");
  Tale recursed;
  recursed.handler(SIGSEGV).tell(fault(kHandler)).step(Kind::kEntered).tell(fault(kDefault));
  CHECK(outcome(recursed.tell(died(SIGSEGV, false))) == "it crashed itself");
  Tale hung;
  hung.handler(SIGSEGV).tell(fault(kHandler)).step(Kind::kEntered).step(Kind::kBlocked);
  CHECK(outcome(hung.tell(died(SIGTERM, false))) == "it hung");
}

TEST_CASE("a signal that was sent, handled and survived is a note", "[crash]") {
  Tale tale;
  FatalSignal quit = fault(kHandler);
  quit.signal = SIGQUIT;
  quit.address.reset();
  quit.sender = 1;
  quit.sender_text = "init[1]";
  tale.handler(SIGQUIT).tell(quit).step(Kind::kEntered).step(Kind::kReturned);
  const auto found = tale.tell(exited(0)).findings();
  REQUIRE(ids(found) == Ids{"crash.signal", "crash.handler"});
  CHECK(found[0].level == Level::kNote);
}

TEST_CASE("what a handler must not call is named", "[crash]") {
  CHECK(is_signal_unsafe("malloc"));
  CHECK(is_signal_unsafe("__GI___libc_malloc"));
  CHECK(is_signal_unsafe("__vfprintf_internal"));
  CHECK_FALSE(is_signal_unsafe("_exit"));
  CHECK_FALSE(is_signal_unsafe("write"));
  CHECK(unsafe_call({"write", "_IO_new_file_write", "vfprintf", "printf"}) == "printf");
  Tale tale;
  tale.handler(SIGSEGV).tell(fault(kHandler)).step(Kind::kEntered);
  tale.next().libc = {"__lll_lock_wait_private", "malloc"};
  tale.next().syscall.name = "futex";
  const auto found = tale.step(Kind::kCalled).tell(exited(1)).findings();
  CHECK_THAT(found.at(2).message, Contains("malloc(), which is not async-signal-safe"));
}

}  // namespace
}  // namespace ttrace
