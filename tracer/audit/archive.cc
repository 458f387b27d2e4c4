#include "tracer/audit/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <fcntl.h>

#include <array>
#include <memory>
#include <vector>

#include "tracer/audit/inspect.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kHead = 256;
constexpr std::uint64_t kMaxMember = 512U << 20;
constexpr std::uint64_t kMaxTotal = std::uint64_t{16} << 30;

struct Free {
  void operator()(archive* a) const { ::archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, Free>;

// What packages are made of. No others: each is one more parser of hostile files, and some would
// bring libraries that take a millisecond to load with every run of ttrace.
Archive make_archive() {
  Archive made(::archive_read_new());
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

/// A member of one archive, read as an archive itself: data.tar.xz in a .deb.
struct Inner {
  archive* outer;
  std::array<char, kBlock> block;
  static la_ssize_t read(archive*, void* self, const void** data) {
    auto& inner = *static_cast<Inner*>(self);
    *data = inner.block.data();
    return ::archive_read_data(inner.outer, inner.block.data(), inner.block.size());
  }
};

class Reader {
 public:
  explicit Reader(const std::function<void(FileFacts)>& take) : take_(take) {}

  std::string read(archive* from, bool outermost) {
    archive_entry* entry = nullptr;
    int code = ARCHIVE_OK;
    while ((code = ::archive_read_next_header(from, &entry)) == ARCHIVE_OK ||
           code == ARCHIVE_WARN) {
      if (total_ > kMaxTotal) return "it unpacks to more than 16 GiB";
      const char* name = ::archive_entry_pathname(entry);
      if (name == nullptr || ::archive_entry_filetype(entry) != AE_IFREG) continue;
      const std::string_view path = name;
      const bool payload =
          outermost && (path.starts_with("data.tar") || path.starts_with("./data.tar"));
      if (std::string why = payload ? read_inner(from) : read_member(from, entry, path);
          !why.empty())
        return why;
    }
    return code == ARCHIVE_EOF ? std::string() : error_of(from);
  }

 private:
  static std::string error_of(archive* from) {
    const char* text = ::archive_error_string(from);
    return text == nullptr ? "damaged" : text;
  }

  std::string read_inner(archive* outer) {
    auto inner = std::make_unique<Inner>();
    inner->outer = outer;
    const Archive made = make_archive();
    if (::archive_read_open(made.get(), inner.get(), nullptr, &Inner::read, nullptr) !=
        ARCHIVE_OK) {
      return error_of(made.get());
    }
    return read(made.get(), false);
  }

  std::string read_member(archive* from, archive_entry* entry, std::string_view path) {
    std::vector<char> bytes(kHead);
    const la_ssize_t got = ::archive_read_data(from, bytes.data(), bytes.size());
    if (got < 0) return error_of(from);
    bytes.resize(static_cast<std::size_t>(got));
    const bool elf = std::string_view(bytes.data(), bytes.size()).starts_with(ELFMAG);
    if (elf && !read_rest(from, bytes)) return "a member is larger than 512 MiB, or damaged";
    total_ += bytes.size();
    auto facts = inspect_bytes(bytes, (::archive_entry_perm(entry) & 0111) != 0);
    if (!facts) return {};
    path.remove_prefix(std::min(path.find_first_not_of("./"), path.size()));
    facts->file.path = "/" + std::string(path);
    facts->stamp.size = bytes.size();
    take_(std::move(*facts));
    return {};
  }

  static bool read_rest(archive* from, std::vector<char>& bytes) {
    while (bytes.size() < kMaxMember) {
      const std::size_t had = bytes.size();
      bytes.resize(had + kBlock);
      const la_ssize_t got = ::archive_read_data(from, bytes.data() + had, kBlock);
      if (got < 0) return false;
      bytes.resize(had + static_cast<std::size_t>(got));
      if (got == 0) return true;
    }
    return false;
  }

  const std::function<void(FileFacts)>& take_;
  std::uint64_t total_ = 0;
};

}  // namespace

bool is_archive(std::string_view path) {
  constexpr std::array<std::string_view, 13> kEndings = {
      ".deb", ".udeb",   ".ipk",     ".apk",     ".rpm", ".tar", ".tar.gz",
      ".tgz", ".tar.xz", ".tar.zst", ".tar.bz2", ".zip", ".ddeb"};
  for (const std::string_view ending : kEndings) {
    if (path.ends_with(ending)) return true;
  }
  return false;
}

std::string read_archive(const std::string& path, const std::function<void(FileFacts)>& take) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  const Archive made = make_archive();
  if (!fd || ::archive_read_open_fd(made.get(), fd.get(), kBlock) != ARCHIVE_OK) {
    const char* text = ::archive_error_string(made.get());
    return text == nullptr ? "cannot be opened" : text;
  }
  return Reader(take).read(made.get(), true);
}

Package package_of_archive(const std::string& path) {
  std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  name = name.substr(0, name.rfind('.'));
  Package package;
  package.manager = "archive";
  const std::size_t first = std::min(name.find('_'), name.size());
  const std::size_t second =
      std::min(name.find('_', std::min(first + 1, name.size())), name.size());
  package.name = name.substr(0, first);
  if (first < name.size()) package.version = name.substr(first + 1, second - first - 1);
  if (second < name.size()) package.architecture = name.substr(second + 1);
  return package;
}

}  // namespace ttrace::audit
