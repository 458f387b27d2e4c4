#include "tracer/session/crash_steps.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "tracer/abi/signals.h"
#include "tracer/base/narrow.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/descriptor_text.h"
#include "tracer/session/proc_status.h"
#include "tracer/session/waited.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
constexpr std::size_t kMostText = 160;
constexpr std::size_t kMostMessage = 2048;
constexpr std::size_t kMostPath = 512;

// The target's own word for itself, which in a pid namespace is another than ours.
bool names_itself(const Tracee& tracee, std::int64_t id) {
  const auto status = read_status(tracee.tid);
  return id == 0 || (status && (id == status->inner_tgid || id == status->inner_tid));
}

void describe_raise(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  static const std::map<std::string, std::pair<unsigned, unsigned>> kPlaces = {
      {"kill", {0, 1}},
      {"tkill", {0, 1}},
      {"tgkill", {1, 2}},
      {"rt_sigqueueinfo", {0, 1}},
      {"rt_tgsigqueueinfo", {1, 2}}};
  const auto place = kPlaces.find(call.name);
  if (place == kPlaces.end()) return;
  const auto target = static_cast<std::int32_t>(call.args[place->second.first]);
  step.signal = static_cast<int>(call.args[place->second.second]);
  if (step.signal == 0) return;  // asks only whether it is there
  step.kind = Kind::kRaised;
  step.pid = names_itself(tracee, target) ? 0 : target;
  step.syscall.args = {step.pid == 0 ? "itself" : std::to_string(target), signal_name(step.signal)};
}

void describe_action(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  const bool plain = call.name == "signal";
  if (!plain && call.name != "rt_sigaction" && call.name != "sigaction") return;
  if (!plain && call.args[1] == 0) return;  // asks only
  std::uint64_t handler = call.args[1];
  if (!plain) {
    handler = 0;
    const unsigned word = abi_info(call.abi).word_size;
    if (!read_memory(tracee.process->pid, RemotePtr{call.args[1]}, &handler, word)) return;
  }
  step.kind = Kind::kAction;
  step.signal = static_cast<int>(call.args[0]);
  step.value = static_cast<std::int64_t>(handler);
  step.detail = handler == 0 ? "SIG_DFL" : handler == 1 ? "SIG_IGN" : "";
  step.syscall.args = {signal_name(step.signal),
                       step.detail.empty() ? fmt::format("{:#x}", handler) : step.detail};
}

std::string first_bytes(const Tracee& tracee, RemotePtr from, std::uint64_t size) {
  std::string text(at_most(kMostText, size), '\0');
  text.resize(read_memory_upto(tracee.process->pid, from, text.data(), text.size()));
  return text;
}

// writev(2)'s vector: pairs of address and size.
std::string gathered(const Tracee& tracee, const FollowedCall& call, std::size_t most) {
  const unsigned word = abi_info(call.abi).word_size;
  std::string text;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(call.args[2], 16); ++i) {
    std::uint64_t base = 0, size = 0;
    const RemotePtr at{call.args[1] + i * 2 * word};
    if (!read_memory(tracee.process->pid, at, &base, word) ||
        !read_memory(tracee.process->pid, at + word, &size, word)) {
      break;
    }
    text += first_bytes(tracee, RemotePtr{base}, size);
    if (text.size() >= most) break;
  }
  return text.substr(0, most);
}

// What is logged by the journal's own protocol is a list of fields, of which one is the text.
std::string message_text(const std::string& bytes) {
  constexpr std::string_view kField = "\nMESSAGE=";
  const auto at = bytes.find(kField);
  const std::size_t begin = at == std::string::npos ? 0 : at + kField.size();
  const auto end = at == std::string::npos ? std::string::npos : bytes.find('\n', begin);
  return bytes.substr(begin, end - begin).substr(0, kMostText);
}

// msghdr of sendmsg(2): name, its length, then the vector and its length, each a word.
FollowedCall vector_of_message(const Tracee& tracee, const FollowedCall& call) {
  const unsigned word = abi_info(call.abi).word_size;
  FollowedCall vector = call;
  vector.args[1] = vector.args[2] = 0;
  const RemotePtr at{call.args[1] + 2 * word};
  (void)read_memory(tracee.process->pid, at, &vector.args[1], word);
  (void)read_memory(tracee.process->pid, at + word, &vector.args[2], word);
  return vector;
}

void describe_write(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  const bool message = call.name == "sendmsg";
  const bool vector = call.name == "writev" || message;
  if (!vector && call.name != "write" && call.name != "pwrite64" && call.name != "sendto" &&
      call.name != "send") {
    return;
  }
  const int fd = static_cast<int>(call.args[0]);
  step.kind = Kind::kWrote;
  step.value = fd;
  step.detail = descriptor_text(*tracee.process, tracee.tid, fd);
  step.text = message
                  ? message_text(gathered(tracee, vector_of_message(tracee, call), kMostMessage))
              : vector ? gathered(tracee, call, kMostText)
                       : first_bytes(tracee, RemotePtr{call.args[1]}, call.args[2]);
  step.syscall.args = {std::to_string(fd), "…"};
}

std::string limit_value(std::uint64_t value) {
  return value == RLIM_INFINITY ? "RLIM_INFINITY" : std::to_string(value);
}

void describe_limit(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  const bool with_pid = call.name == "prlimit64";
  if (!with_pid && call.name != "setrlimit") return;
  const std::uint64_t at = call.args[with_pid ? 2 : 1];
  const auto resource = static_cast<int>(call.args[with_pid ? 1 : 0]);
  const std::string name = resource == RLIMIT_CORE    ? "RLIMIT_CORE"
                           : resource == RLIMIT_STACK ? "RLIMIT_STACK"
                                                      : fmt::format("resource {}", resource);
  step.syscall.args = {name};
  if (at == 0) return;
  const bool narrow = !with_pid && call.abi == Abi::kI386;
  std::uint64_t soft = 0;
  if (!read_memory(tracee.process->pid, RemotePtr{at}, &soft, narrow ? 4 : 8)) return;
  if (narrow && soft == 0xffffffff) soft = RLIM_INFINITY;
  step.syscall.args.push_back(limit_value(soft));
}

void describe_prctl(CrashStep& step, const FollowedCall& call) {
  static const std::map<std::uint64_t, const char*> kNames = {
      {PR_SET_DUMPABLE, "PR_SET_DUMPABLE"},   {PR_GET_DUMPABLE, "PR_GET_DUMPABLE"},
      {PR_SET_PTRACER, "PR_SET_PTRACER"},     {PR_SET_NAME, "PR_SET_NAME"},
      {PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"}, {PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"}};
  if (call.name != "prctl") return;
  const auto known = kNames.find(call.args[0]);
  if (known != kNames.end()) step.syscall.args[0] = known->second;
}

// The path of a unix socket; other addresses stay as they are.
void describe_connect(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  if (call.name != "connect") return;
  sockaddr_un address{};
  const std::size_t size = at_most(sizeof address, call.args[2]);
  (void)read_memory_upto(tracee.process->pid, RemotePtr{call.args[1]}, &address, size);
  if (address.sun_family != AF_UNIX) return;
  const char* const path = address.sun_path[0] ? address.sun_path : address.sun_path + 1;
  step.syscall.args = {std::to_string(static_cast<int>(call.args[0])),
                       fmt::format("\"{}{}\"", address.sun_path[0] ? "" : "@",
                                   std::string(path, strnlen(path, sizeof address.sun_path - 1)))};
}

}  // namespace

bool is_signal_return(const std::string& name) {
  return name == "rt_sigreturn" || name == "sigreturn";
}

bool makes_process(const std::string& name) {
  return name == "fork" || name == "vfork" || name == "clone" || name == "clone3";
}

bool is_told_at_entry(const CrashStep& step) {
  return step.kind == Kind::kRaised || step.kind == Kind::kExits || step.kind == Kind::kAction;
}

CrashStep step_at_entry(const Tracee& tracee, const FollowedCall& call) {
  CrashStep step;
  step.syscall = {call.name, args_text(tracee, call), std::nullopt};
  if (call.name == "exit" || call.name == "exit_group") {
    step.kind = Kind::kExits;
    step.value = static_cast<std::int32_t>(call.args[0]) & 0xff;
    step.syscall.args = {std::to_string(step.value)};
  }
  if (call.name == "execve" || call.name == "execveat") {
    step.kind = Kind::kExecuted;
    const RemotePtr path{call.args[call.name == "execve" ? 0 : 1]};
    step.detail = read_string(tracee.process->pid, path, kMostPath);
    step.syscall.args = {fmt::format("\"{}\"", step.detail)};
  }
  describe_raise(step, tracee, call);
  describe_action(step, tracee, call);
  describe_write(step, tracee, call);
  describe_limit(step, tracee, call);
  describe_prctl(step, call);
  describe_connect(step, tracee, call);
  return step;
}

void complete_step(CrashStep& step, const Tracee& tracee, const FollowedCall& call,
                   std::int64_t result) {
  step.syscall.result = result;
  if (is_wait(call.name) && result >= 0) describe_wait(step, tracee, call, result);
}

}  // namespace ttrace
