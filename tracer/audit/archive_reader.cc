#include "tracer/audit/archive_reader.h"

namespace ttrace::audit {

ArchivePtr make_archive() {
  ArchivePtr made(::archive_read_new());
  ::archive_read_support_filter_gzip(made.get());
  ::archive_read_support_filter_bzip2(made.get());
  ::archive_read_support_filter_xz(made.get());
  ::archive_read_support_filter_lzma(made.get());
  ::archive_read_support_filter_zstd(made.get());
  ::archive_read_support_filter_rpm(made.get());
  ::archive_read_support_format_ar(made.get());
  ::archive_read_support_format_tar(made.get());
  ::archive_read_support_format_cpio(made.get());
  return made;
}

InnerArchive::InnerArchive(archive* outer)
    : outer_(outer),
      block_(std::make_unique<std::array<char, kArchiveBlock>>()),
      made_(make_archive()) {}

bool InnerArchive::open() {
  const auto read = [](archive*, void* self, const void** data) -> la_ssize_t {
    auto& inner = *static_cast<InnerArchive*>(self);
    *data = inner.block_->data();
    return ::archive_read_data(inner.outer_, inner.block_->data(), inner.block_->size());
  };
  return ::archive_read_open(made_.get(), this, nullptr, read, nullptr) == ARCHIVE_OK;
}

}  // namespace ttrace::audit
