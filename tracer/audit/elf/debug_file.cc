#include "tracer/audit/elf/debug_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <string_view>

namespace ttrace::audit {
namespace {

constexpr std::int64_t kMaxSize = std::int64_t{2} << 30;
constexpr const char* kDebug = "/usr/lib/debug";

/// Empty: it has none.
std::string_view build_id(const ElfImage& image) {
  const void* bytes = nullptr;
  const auto size = ::dwelf_elf_gnu_build_id(image.elf(), &bytes);
  return size <= 0
             ? std::string_view{}
             : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

UniqueFd open_regular(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat st {};
  if (fd && (::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > kMaxSize))
    return UniqueFd();
  return fd;
}

/// The checksum of .gnu_debuglink is zlib's.
std::uint32_t checksum(int fd) {
  uLong sum = ::crc32(0, nullptr, 0);
  std::array<unsigned char, 65536> block;
  off_t at = 0;
  for (ssize_t got = 0; (got = ::pread(fd, block.data(), block.size(), at)) > 0; at += got)
    sum = ::crc32(sum, block.data(), static_cast<uInt>(got));
  return static_cast<std::uint32_t>(sum);
}

std::unique_ptr<ElfImage> by_build_id(const ElfImage& image, const std::string& root) {
  const std::string_view id = build_id(image);
  if (id.size() < 2) return nullptr;
  std::string hex;
  for (const char c : id) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  UniqueFd fd = open_regular(
      fmt::format("{}{}/.build-id/{}/{}.debug", root, kDebug, hex.substr(0, 2), hex.substr(2)));
  if (!fd) return nullptr;
  auto found = std::make_unique<ElfImage>(std::move(fd));
  return found->is_valid() && build_id(*found) == id ? std::move(found) : nullptr;
}

std::unique_ptr<ElfImage> by_link(const ElfImage& image, const Whereabouts& where) {
  GElf_Word wanted = 0;
  const char* link = ::dwelf_elf_gnu_debuglink(image.elf(), &wanted);
  const std::string name = link == nullptr ? "" : link;
  if (name.empty() || name.find('/') != std::string::npos) return nullptr;
  const std::string directory = where.path.substr(0, where.path.rfind('/'));
  const std::string in_root =
      directory.starts_with(where.root) ? directory.substr(where.root.size()) : directory;
  for (const std::string& path : {directory + "/" + name, directory + "/.debug/" + name,
                                  where.root + kDebug + in_root + "/" + name}) {
    UniqueFd fd = open_regular(path);
    if (!fd || checksum(fd.get()) != wanted) continue;
    auto found = std::make_unique<ElfImage>(std::move(fd));
    if (found->is_valid()) return found;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<ElfImage> open_debug_file(const ElfImage& image, const Whereabouts& where) {
  auto found = by_build_id(image, where.root);
  return found ? std::move(found) : by_link(image, where);
}

}  // namespace ttrace::audit
