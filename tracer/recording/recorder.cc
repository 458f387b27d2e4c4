#include "tracer/recording/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/cli/report_file.h"
#include "tracer/recording/format.h"

namespace ttrace {
namespace {

std::string little_endian(std::uint32_t number) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

UserError cannot_write(const std::string& path, int error) {
  return {fmt::format("cannot write the recording {}: {}", path, strerrordesc_np(error)),
          "name another file with --record"};
}

}  // namespace

Recorder::Recorder(const std::string& path)
    : path_(path),
      fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666)),
      stream_(ZSTD_createCCtx()) {
  if (!fd_) throw cannot_write(path_, errno);
  if (const int error = write_all(fd_.get(), recording::kHeader); error != 0) {
    throw cannot_write(path_, error);
  }
}

void Recorder::write(const Record& record) {
  const std::string bytes = encode(record);
  if (bytes.size() > recording::kMaxRecord) {
    if (error_ == 0) error_ = EFBIG;
    return;
  }
  write_out(little_endian(static_cast<std::uint32_t>(bytes.size())) +
                little_endian(recording::checksum(bytes)) + bytes,
            ZSTD_e_flush);
}

void Recorder::finish() {
  write_out("", ZSTD_e_end);
  if (error_ != 0) throw cannot_write(path_, error_);
}

void Recorder::write_out(std::string_view bytes, ZSTD_EndDirective how) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  char buffer[16 << 10];
  for (std::size_t left = 1; left != 0 && error_ == 0;) {
    ZSTD_outBuffer out{buffer, sizeof buffer, 0};
    left = ZSTD_compressStream2(stream_.get(), &out, &in, how);
    error_ = ZSTD_isError(left) ? ENOMEM : write_all(fd_.get(), {buffer, out.pos});
  }
}

}  // namespace ttrace
