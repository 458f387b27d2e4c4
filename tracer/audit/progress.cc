#include "tracer/audit/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kWidth = 24;
constexpr std::uint64_t kFewest = 10;  // of fewer, no rate is told
constexpr auto kRedraw = std::chrono::milliseconds(200);
constexpr auto kLine = std::chrono::seconds(10);

std::string bar(std::uint64_t done, std::uint64_t all) {
  const std::uint64_t filled = all == 0 ? kWidth : done * kWidth / all;
  return fmt::format("[{:#<{}}{:.<{}}]", "", filled, "", kWidth - filled);
}

}  // namespace

std::string progress_text(std::uint64_t done, std::uint64_t all, const std::string& of,
                          double spent) {
  std::string text = fmt::format("{} of {} {}", done, all, of);
  if (done < kFewest || spent <= 0) return text;
  const double rate = static_cast<double>(done) / spent;
  text += fmt::format(", {:.0f}/s", rate);
  if (done < all) text += fmt::format(", {:.0f} s left", static_cast<double>(all - done) / rate);
  return text;
}

Progress::Progress(std::string what, std::string of, bool wanted)
    : what_(std::move(what)),
      of_(std::move(of)),
      wanted_(wanted),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(std::uint64_t done, std::uint64_t all) {
  const auto now = Clock::now();
  if (!wanted_ || now - last_ < (terminal_ ? Clock::duration(kRedraw) : Clock::duration(kLine)))
    return;
  last_ = now;
  shown_ = true;
  const std::string text =
      progress_text(done, all, of_, std::chrono::duration<double>(now - begun_).count());
  if (terminal_) {
    fmt::print(stderr, "\r{} {}: {}\x1b[K", bar(done, all), what_, text);
  } else {
    fmt::print(stderr, "ttrace: {}: {}\n", what_, text);
  }
}

}  // namespace ttrace::audit
