#include "tracer/cli/crash_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "tracer/abi/signals.h"
#include "tracer/abi/syscall_table.h"
#include "tracer/base/result.h"
#include "tracer/cli/suggest.h"
#include "tracer/clock/duration.h"

namespace ttrace {
namespace {

constexpr const char* kForm =
    "it is SIGNAL@WHEN, such as SEGV@500ms, ABRT@syscall:write:3, SEGV@function:main or, for a "
    "thread of a name, SEGV:worker@1s";
constexpr int kMostSyscalls = 1024;
constexpr std::size_t kLongestComm = 15;  // TASK_COMM_LEN less its zero, proc(5)

UserError refuse(const std::string& text, const std::string& why, const std::string& hint = kForm) {
  return {fmt::format("--crash '{}': {}", text, why), hint};
}

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (int signal = 1; signal < 32; ++signal) names.push_back(signal_name(signal).substr(3));
  return names;
}

int take_signal(const std::string& text, const std::string& word) {
  if (const auto signal = signal_number(word)) return *signal;
  std::string upper = word;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper.starts_with("SIG")) upper.erase(0, 3);
  const auto near = nearest_word(upper, signal_names());
  throw refuse(text, fmt::format("there is no signal '{}'", word),
               near ? fmt::format("did you mean {}?", *near)
                    : "`kill -l` lists them: SEGV, ABRT, BUS, FPE, ILL, SYS, TRAP, QUIT …");
}

/// Takes ":N" off the end of `name`. A name may have colons of its own (C++).
std::uint64_t take_count(const std::string& text, std::string& name) {
  const auto colon = name.rfind(':');
  const bool has = colon != std::string::npos && (colon == 0 || name[colon - 1] != ':') &&
                   colon + 1 < name.size();
  if (!has) return 1;
  std::uint64_t count = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + colon + 1, end, count);
  if (error != std::errc{} || stop != end || count == 0) {
    throw refuse(text, fmt::format("'{}' is no number of a call", name.substr(colon + 1)),
                 "calls are counted from 1");
  }
  name.resize(colon);
  return count;
}

void check_syscall(const std::string& text, const std::string& name) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    if (syscall_number(abi, name)) return;
  }
  std::vector<std::string> names;
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (int nr = 0; nr < kMostSyscalls; ++nr) {
      const std::string known = syscall_name(abi, SyscallNr{nr});
      if (!known.starts_with("syscall_")) names.push_back(known);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto near = nearest_word(name, names);
  throw refuse(text, fmt::format("there is no system call '{}'", name),
               near ? fmt::format("did you mean {}?", *near) : "see syscalls(2) for their names");
}

void take_when(CrashRule& rule, const std::string& when) {
  if (when.starts_with("syscall:")) {
    rule.when = CrashRule::When::kSyscall;
    rule.name = when.substr(8);
    rule.nth = take_count(rule.text, rule.name);
    check_syscall(rule.text, rule.name);
  } else if (when.starts_with("function:")) {
    rule.when = CrashRule::When::kFunction;
    rule.name = when.substr(9);
    rule.nth = take_count(rule.text, rule.name);
    if (rule.name.empty() || rule.name == ":") throw refuse(rule.text, "it names no function");
  } else {
    try {
      rule.after = parse_duration(when);
    } catch (const UserError&) {
      throw refuse(rule.text, fmt::format("'{}' is no time or place", when));
    }
  }
}

}  // namespace

CrashRule parse_crash_rule(const std::string& text) {
  CrashRule rule;
  rule.text = text;
  const auto at = text.find('@');
  if (at == std::string::npos) throw refuse(text, "it does not say when");
  std::string signal = text.substr(0, at);
  if (const auto colon = signal.find(':'); colon != std::string::npos) {
    rule.thread = signal.substr(colon + 1);
    signal.resize(colon);
    if (rule.thread.empty() || rule.thread.size() > kLongestComm) {
      throw refuse(text, "a thread's name has 1 to 15 bytes", "see /proc/PID/comm");
    }
  }
  rule.signal = take_signal(text, signal);
  take_when(rule, text.substr(at + 1));
  return rule;
}

}  // namespace ttrace
