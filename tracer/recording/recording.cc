#include "tracer/recording/recording.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/recording/format.h"

namespace ttrace {
namespace {

constexpr std::size_t kPiece = 64 << 10;

UserError not_one(const std::string& path, const std::string& why, const std::string& hint) {
  return {fmt::format("{} {}", path, why), hint};
}

/// Up to `size` bytes, fewer only at the end of the file.
std::string read_piece(int fd, std::size_t size, const std::string& path) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(fd, bytes.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw UserError(fmt::format("cannot read {}: {}", path, strerrordesc_np(errno)), "");
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

void check_header(const std::string& header, const std::string& path) {
  if (header == recording::kHeader) return;
  if (header.starts_with(recording::kAnyHeader)) {
    throw not_one(path, "was recorded by another version of ttrace", "use that one to read it");
  }
  throw not_one(path, "is no recording of ttrace", "ttrace --record FILE COMMAND makes one");
}

}  // namespace

Recording::Recording(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
  if (!fd_) {
    throw UserError(fmt::format("cannot open {}: {}", path, strerrordesc_np(errno)),
                    "ttrace report wants the FILE of ttrace --record FILE");
  }
  check_header(read_piece(fd_.get(), recording::kHeader.size(), path), path);
  const auto first = next_record();
  if (!first || !std::holds_alternative<RecordingStart>(*first)) {
    throw not_one(path, "holds nothing that could be read",
                  "it is damaged, or the run ended before it began, or a newer ttrace made it");
  }
  start_ = std::get<RecordingStart>(*first);
}

std::optional<Record> Recording::next_record() {
  for (;;) {
    if (auto record = parser_.next()) return record;
    if (parser_.damaged()) return std::nullopt;
    const std::string piece = read_piece(fd_.get(), kPiece, path_);
    if (piece.empty()) return std::nullopt;
    parser_.feed(piece);
  }
}

std::optional<Event> Recording::next() {
  if (end_) return std::nullopt;
  auto record = next_record();
  if (!record) return std::nullopt;
  if (Event* const event = std::get_if<Event>(&*record)) {
    ++events_;
    last_ = event->at;
    return std::move(*event);
  }
  if (auto* const end = std::get_if<RecordingEnd>(&*record)) end_ = std::move(*end);
  return std::nullopt;
}

RunInfo Recording::info() const {
  if (end_) return end_->info;
  RunInfo info = start_.info;
  info.duration = last_;
  info.events = events_;
  info.limits.push_back(fmt::format(
      "the recording {} after {} events: what came later is not in this report",
      parser_.damaged() ? "is damaged" : "has no end (ttrace was killed, or the file was cut off)",
      events_));
  return info;
}

}  // namespace ttrace
