// --crash: what a rule says, and what is said about bad ones.
#include "tracer/cli/crash_rule.h"

#include <catch2/catch.hpp>
#include <csignal>

#include "tracer/abi/signals.h"
#include "tracer/base/result.h"

namespace ttrace {
namespace {

using namespace std::chrono_literals;
using When = CrashRule::When;

std::string refusal(const std::string& text) {
  try {
    (void)parse_crash_rule(text);
  } catch (const UserError& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "it was taken";
}

TEST_CASE("signals by name and number", "[crash]") {
  CHECK(signal_number("SEGV") == SIGSEGV);
  CHECK(signal_number("sigsegv") == SIGSEGV);
  CHECK(signal_number("11") == SIGSEGV);
  CHECK(signal_number("IOT") == SIGABRT);
  CHECK_FALSE(signal_number("0"));
  CHECK_FALSE(signal_number("65"));
  CHECK_FALSE(signal_number("SEGVX"));
  CHECK_FALSE(signal_number(""));
  CHECK(signal_name(SIGSEGV) == "SIGSEGV");
  CHECK(signal_name(37) == "SIGRTMIN+3");
  CHECK(signal_code_name(SIGSEGV, 1) == "SEGV_MAPERR");
  CHECK(signal_code_name(SIGBUS, 2) == "BUS_ADRERR");
  CHECK(signal_code_name(SIGSEGV, -6) == "SI_TKILL");
  CHECK(signal_code_name(SIGSEGV, 77) == "code 77");
  CHECK(dumps_core(SIGXFSZ));
  CHECK_FALSE(dumps_core(SIGTERM));
}

TEST_CASE("a time", "[crash]") {
  const CrashRule rule = parse_crash_rule("SEGV@500ms");
  CHECK(rule.signal == SIGSEGV);
  CHECK(rule.when == When::kTime);
  CHECK(rule.after == 500ms);
  CHECK(rule.thread.empty());
}

TEST_CASE("a system call, with and without a number", "[crash]") {
  CHECK(parse_crash_rule("ABRT@syscall:write").nth == 1);
  const CrashRule rule = parse_crash_rule("ABRT@syscall:write:12");
  CHECK(rule.when == When::kSyscall);
  CHECK(rule.name == "write");
  CHECK(rule.nth == 12);
  CHECK(parse_crash_rule("ABRT@syscall:socketcall").name == "socketcall");  // of i386 only
}

TEST_CASE("a function, whose name may have colons", "[crash]") {
  CHECK(parse_crash_rule("SEGV@function:main.main").name == "main.main");
  const CrashRule rule = parse_crash_rule("SEGV@function:ns::f:3");
  CHECK(rule.name == "ns::f");
  CHECK(rule.nth == 3);
  CHECK(parse_crash_rule("SEGV@function:ns::f").name == "ns::f");
}

TEST_CASE("a thread of a name", "[crash]") {
  const CrashRule rule = parse_crash_rule("BUS:worker-1@1s");
  CHECK(rule.signal == SIGBUS);
  CHECK(rule.thread == "worker-1");
}

TEST_CASE("what is no rule of --crash is refused with a hint", "[crash]") {
  using Catch::Contains;
  CHECK_THAT(refusal("SEGV"), Contains("does not say when") && Contains("SEGV@500ms"));
  CHECK_THAT(refusal("SEGX@1s"), Contains("no signal 'SEGX'") && Contains("did you mean SEGV"));
  CHECK_THAT(refusal("SEGV@soon"), Contains("'soon' is no time or place"));
  CHECK_THAT(refusal("SEGV@syscall:opennat"), Contains("did you mean openat"));
  CHECK_THAT(refusal("SEGV@syscall:write:0"), Contains("counted from 1"));
  CHECK_THAT(refusal("SEGV@syscall:write:x"), Contains("no number"));
  CHECK_THAT(refusal("SEGV@function:"), Contains("names no function"));
  CHECK_THAT(refusal("SEGV:@1s"), Contains("a thread's name"));
  CHECK_THAT(refusal("SEGV:sixteen-bytes-xx@1s"), Contains("a thread's name"));
  CHECK_THAT(refusal("@1s"), Contains("no signal ''"));
}

}  // namespace
}  // namespace ttrace
