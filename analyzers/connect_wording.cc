#include "analyzers/connect_wording.h"

#include <fmt/format.h>

#include "analyzers/known_hangs.h"

namespace ttrace {
namespace {

std::string called(const ConnectFacts& facts) {
  return fmt::format("{} to {}", facts.blocking ? "connect()" : "a non-blocking connect",
                     place_text(facts.to));
}

std::string how_it_went(const ConnectFacts& facts, Connect::Fate fate, bool slow) {
  const std::string time = span_text(facts.longest);
  const char* const verb = facts.blocking ? "blocked for" : "took";
  switch (fate) {
    case Connect::Fate::kStillBlocked:
      return fmt::format("was still {} after {}, when the thread ended",
                         facts.blocking ? "blocked" : "under way", time);
    case Connect::Fate::kLetGo:
      return fmt::format("was still {} after {}, when ttrace detached",
                         facts.blocking ? "blocked" : "under way", time);
    case Connect::Fate::kAbandoned:
      return fmt::format("had not ended after {}, when the program gave it up", time);
    case Connect::Fate::kEnded:
      break;
  }
  if (facts.settled_by == kUnasked) {
    return fmt::format("{} {} and failed; the program did not ask why", verb, time);
  }
  if (!slow) return facts.error ? fmt::format("failed at once with {}", *facts.error) : "succeeded";
  if (facts.error) return fmt::format("{} {} and failed with {}", verb, time, *facts.error);
  return fmt::format("{} {}", verb, time);
}

bool bounded(const ConnectFacts& facts) {
  return !facts.limits || facts.limits->send_timeout.count() > 0 ||
         facts.limits->user_timeout.count() > 0;
}

}  // namespace

std::string endpoint_text(const SocketAddress& to) {
  if (to.family == "AF_INET6" && to.port) return fmt::format("[{}]:{}", to.address, *to.port);
  if (to.address.empty()) return to.family;
  return to.port ? fmt::format("{}:{}", to.address, *to.port) : to.address;
}

std::string place_text(const SocketAddress& to) {
  const bool named = !to.host.empty() && to.port;
  std::string text =
      named ? fmt::format("{} ({}), port {}", to.host, to.address, *to.port) : endpoint_text(to);
  if (!to.service.empty()) text += fmt::format(" ({})", to.service);
  return text;
}

std::string span_text(std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return seconds < 0.9995 ? fmt::format("{:.3g} ms", seconds * 1e3)
                          : fmt::format("{:.3g} s", seconds);
}

std::string connect_message(const ConnectFacts& facts, Connect::Fate fate, bool slow) {
  std::string text = called(facts) + " " + how_it_went(facts, fate, slow);
  if (facts.attempts > 1) {
    text += fmt::format("; {} attempts took {} in all", facts.attempts, span_text(facts.total));
  }
  if (facts.series > 1) {
    text += fmt::format("; {} addresses were tried one after the other, which took {} in all",
                        facts.series, span_text(facts.series_total));
  }
  if (slow && facts.blocking && !bounded(facts)) {
    text += "; this socket has no time limit of its own";
  }
  return text;
}

std::string connect_hint(const ProcessRef& process, const ConnectFacts& facts) {
  std::string known = known_hang(process, facts.to);
  if (!known.empty()) return known;
  if (!facts.blocking) return "see that the other end answers; the program itself did not block";
  return "see that the other end answers; in the program, set SO_SNDTIMEO (or TCP_USER_TIMEOUT) "
         "before connect(), or connect without blocking and poll() with a limit";
}

std::string blocked_message(const ThreadBlocked& blocked) {
  const bool attached = blocked.when == ThreadBlocked::When::kAttached;
  std::string text = attached ? "at the attach, the thread" : "when the time was up, the thread";
  if (blocked.syscall.name.empty()) return text + " was running";
  text += fmt::format(" {} blocked in {}()", attached ? "had been" : "was", blocked.syscall.name);
  if (attached) {
    text += blocked.lasted ? fmt::format(" for at least {}", span_text(*blocked.lasted))
                           : std::string(" for an unknown time");
  }
  if (!blocked.on.empty()) text += ", waiting for " + blocked.on;
  if (!blocked.kernel_wait.empty()) {
    text += fmt::format(" (in the kernel: {})", blocked.kernel_wait);
  }
  return text;
}

std::string injected_message(const ConnectFacts& facts) {
  std::string text = fmt::format("--connect {} was applied to {}", facts.fault, called(facts));
  if (facts.attempts > 1) text += fmt::format(", {} times", facts.attempts);
  return text;
}

}  // namespace ttrace
