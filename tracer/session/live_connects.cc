#include "tracer/session/live_connects.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "analyzers/connect_wording.h"
#include "analyzers/known_hangs.h"
#include "analyzers/report/stack_text.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

// A program that opens connections by the thousand would drown its own output.
constexpr std::size_t kMostTold = 10;

std::string who(const Event& event) {
  return fmt::format("{}[{}]", event.process.comm, event.process.pid);
}

/// "in connect() to …", "for a non-blocking connect to …".
std::string where(const Connect& connect) {
  return fmt::format("{} to {}", connect.blocking ? "in connect()" : "for a non-blocking connect",
                     place_text(connect.to));
}

void say(const std::string& text) { fmt::print(stderr, "ttrace: {}\n", printable(text)); }

}  // namespace

LiveConnects::LiveConnects(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void LiveConnects::on_live(Connects::Live what, const Event& event) {
  if (quiet_) return;
  if (what == Connects::Live::kStill) return tick(event);
  end_line();
  if (what == Connects::Live::kOver) return over(event);
  if (++told_ == kMostTold + 1) say("more connects are waiting; the report has them all");
  if (told_ <= kMostTold) first(event);
}

void LiveConnects::first(const Event& event) {
  const auto& connect = std::get<Connect>(event.what);
  say(fmt::format("{} has {} for {} {}", who(event), connect.blocking ? "been blocked" : "waited",
                  span_text(connect.duration), where(connect)));
  for (const std::string& line : stack_lines(connect.stack, false)) {
    fmt::print(stderr, "ttrace:   {}\n", line);
  }
  const std::string known = known_hang(event.process, connect.to);
  if (!known.empty()) fmt::print(stderr, "ttrace: hint: {}\n", known);
}

void LiveConnects::over(const Event& event) {
  if (told_ > kMostTold) return;
  const auto& connect = std::get<Connect>(event.what);
  const bool ended = connect.fate == Connect::Fate::kEnded;
  const char* const how = !ended             ? "ends"
                          : connect.blocking ? "no longer blocks"
                                             : "no longer waits";
  say(fmt::format("{} {} after {} {}", who(event), how, span_text(connect.duration),
                  where(connect)));
}

void LiveConnects::tick(const Event& event) {
  if (!terminal_) return;
  const auto& connect = std::get<Connect>(event.what);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(connect.duration).count();
  fmt::print(
      stderr, "\r\x1b[Kttrace: {}",
      printable(fmt::format("{} still {}, {} s, {}", who(event),
                            connect.blocking ? "blocked" : "waits", seconds, where(connect))));
  std::fflush(stderr);
  in_line_ = true;
}

void LiveConnects::end_line() {
  if (in_line_) fmt::print(stderr, "\r\x1b[K");
  in_line_ = false;
}

}  // namespace ttrace
