// The file of --record: a line that names it, then one zstd stream which is flushed after each
// record, so that whatever becomes of ttrace, all that was recorded can be read. In the stream, a
// record is its length and its CRC-32, four bytes each, little-endian, and its bytes (record.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ttrace::recording {

/// Another number means that older versions of ttrace cannot read it at all.
inline constexpr std::string_view kHeader = "ttrace-recording/1\n";
inline constexpr std::string_view kAnyHeader = "ttrace-recording/";

inline constexpr std::size_t kPrefix = 8;  // length and checksum
/// Far beyond any event: a stack has at most 4,096 frames.
inline constexpr std::size_t kMaxRecord = 16 << 20;

/// Of zlib and gzip.
std::uint32_t checksum(std::string_view bytes);

}  // namespace ttrace::recording
