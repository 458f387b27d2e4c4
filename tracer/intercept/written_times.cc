#include "tracer/intercept/written_times.h"

#include <unistd.h>

#include <algorithm>

#include "analyzers/cut_time.h"
#include "tracer/abi/syscall_table.h"
#include "tracer/intercept/written_text.h"

namespace ttrace {
namespace {

constexpr std::size_t kLongestMessage = 1024;
constexpr std::uint64_t kMostParts = 16;

// A message names the present moment, or one not long ago.
constexpr shim::i64 kRecent = 120;
constexpr shim::i64 kFirstPast = shim::i64{1} << 31;

}  // namespace

void WrittenTimes::subscribe(std::vector<Subscription>& subscriptions) {
  using Op = Condition::Op;
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const std::uint64_t fd : {STDOUT_FILENO, STDERR_FILENO}) {
      add(subscriptions, abi, "write", {{0, Op::kEqual, fd}, {2, Op::kAtMost, kLongestMessage}});
      add(subscriptions, abi, "writev", {{0, Op::kEqual, fd}, {2, Op::kAtMost, kMostParts}});
    }
  }
}

Interceptor::Next WrittenTimes::on_entry(SyscallStop& stop) {
  const auto now = parts_.clock.now(CLOCK_REALTIME);
  if (!now || now->s < kFirstPast) return Next::kGoOn;
  const shim::i64 begun = std::max(parts_.clock.params().shown0.s, kFirstPast);
  const std::string text = written_text(stop.pid(), stop.abi, stop.nr, stop.args, kLongestMessage);
  const auto cut = find_cut_time(text, std::max(begun, now->s - kRecent), now->s + 1);
  if (!cut) return Next::kGoOn;
  auto path = parts_.paths.first_time(stop);
  if (!path) return Next::kGoOn;
  Event event = parts_.sink.make(*stop.tracee.process, stop.tid());
  SyscallText call{syscall_name(stop.abi, stop.nr),
                   {std::to_string(stop.args[0]), "\"" + text + "\"", std::to_string(stop.args[2])},
                   std::nullopt};
  event.what =
      CutTimeWritten{path->id, cut->text, cut->seconds, std::move(call), std::move(path->stack)};
  parts_.sink.emit(event);
  return Next::kGoOn;
}

}  // namespace ttrace
