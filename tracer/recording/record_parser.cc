#include <zlib.h>

#include <algorithm>

#include "tracer/recording/format.h"
#include "tracer/recording/recording.h"

namespace ttrace {
namespace {

// The writer's window is of 2 MiB; a hostile file does not get more memory than eight times that.
constexpr int kMaxWindowLog = 24;

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (unsigned i = 0; i < 4; ++i) {
    number |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return number;
}

}  // namespace

std::uint32_t recording::checksum(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(0, data, bytes.size()));
}

RecordParser::RecordParser() : stream_(ZSTD_createDCtx()) {
  ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
}

void RecordParser::feed(std::string_view bytes) {
  packed_.erase(0, inflated_);
  inflated_ = 0;
  packed_ += bytes;
}

std::optional<Record> RecordParser::next() {
  while (!damaged_) {
    const std::string_view left = std::string_view(unpacked_).substr(parsed_);
    if (left.size() >= recording::kPrefix) {
      const std::size_t size = little_endian(left);
      damaged_ = size == 0 || size > recording::kMaxRecord;
      if (damaged_) break;
      if (left.size() - recording::kPrefix >= size) return take(left, size);
    }
    if (inflate()) continue;
    damaged_ = broken_;
    break;
  }
  return std::nullopt;
}

std::optional<Record> RecordParser::take(std::string_view from, std::size_t size) {
  const std::string_view bytes = from.substr(recording::kPrefix, size);
  std::optional<Record> record;
  if (recording::checksum(bytes) == little_endian(from.substr(4))) record = decode(bytes);
  parsed_ += recording::kPrefix + size;
  damaged_ = !record;
  return record;
}

bool RecordParser::inflate() {
  if (broken_) return false;
  unpacked_.erase(0, parsed_);
  parsed_ = 0;
  // No more at a time than is hinted at, a block: what else a call inflated before it came upon a
  // flaw would be lost.
  const std::size_t size = std::min(packed_.size(), inflated_ + std::max<std::size_t>(hint_, 1));
  char buffer[64 << 10];
  ZSTD_inBuffer in{packed_.data(), size, inflated_};
  ZSTD_outBuffer out{buffer, sizeof buffer, 0};
  hint_ = ZSTD_decompressStream(stream_.get(), &out, &in);
  broken_ = ZSTD_isError(hint_) != 0;
  inflated_ = in.pos;
  unpacked_.append(buffer, out.pos);
  return !broken_ && (out.pos > 0 || inflated_ < packed_.size());
}

}  // namespace ttrace
