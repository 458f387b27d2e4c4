// libarchive, with what packages are made of.
#pragma once

#include <archive.h>

#include <array>
#include <cstddef>
#include <memory>

namespace ttrace::audit {

constexpr std::size_t kArchiveBlock = 64 * 1024;

struct FreeArchive {
  void operator()(archive* a) const { ::archive_read_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, FreeArchive>;

/// Reads gzip, bzip2, xz, lzma, zstd, rpm; ar, tar, cpio. No others: each is one more parser of
/// hostile files, and some would bring libraries that take a millisecond to load with every run of
/// ttrace.
ArchivePtr make_archive();

/// A member of one archive, read as an archive itself: data.tar.xz in a .deb.
class InnerArchive {
 public:
  /// `outer`: at that member; must outlive this.
  explicit InnerArchive(archive* outer);
  InnerArchive(const InnerArchive&) = delete;
  InnerArchive& operator=(const InnerArchive&) = delete;

  bool open();
  archive* get() const { return made_.get(); }

 private:
  archive* outer_;
  std::unique_ptr<std::array<char, kArchiveBlock>> block_;
  ArchivePtr made_;
};

}  // namespace ttrace::audit
