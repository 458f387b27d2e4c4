#include "tracer/audit/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <fcntl.h>

#include <array>
#include <vector>

#include "tracer/audit/archive_reader.h"
#include "tracer/audit/inspect.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kBlock = kArchiveBlock;
constexpr std::size_t kHead = 256;
constexpr std::uint64_t kMaxMember = 512U << 20;
constexpr std::uint64_t kMaxTotal = std::uint64_t{16} << 30;

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
      const auto type = ::archive_entry_filetype(entry);
      // binutils' ar writes modes without a type, as in an .ipk.
      if (name == nullptr || (type != AE_IFREG && !(outermost && type == 0))) continue;
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
    InnerArchive inner(outer);
    return inner.open() ? read(inner.get(), false) : error_of(inner.get());
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
  const ArchivePtr made = make_archive();
  if (!fd || ::archive_read_open_fd(made.get(), fd.get(), kBlock) != ARCHIVE_OK) {
    const char* text = ::archive_error_string(made.get());
    return text == nullptr ? "cannot be opened" : text;
  }
  return Reader(take).read(made.get(), true);
}

}  // namespace ttrace::audit
