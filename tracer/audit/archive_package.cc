// Whose package a file is: as it says itself, in one of three ways (deb-control(5), which .ipk
// follows; https://wiki.alpinelinux.org/wiki/Apk_spec; rpm's docs/manual/format.md).
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "tracer/audit/archive.h"
#include "tracer/audit/archive_reader.h"
#include "tracer/audit/packages/package_map.h"
#include "tracer/audit/packages/rpm_header.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kMaxText = 1U << 20;
constexpr std::size_t kMaxHeader = 64U << 20;
constexpr int kMaxMembers = 10'000;

/// The names of three fields, and what parts each from its value.
struct Fields {
  std::string_view name, version, architecture;
};
constexpr Fields kControl{"Package: ", "Version: ", "Architecture: "};
constexpr Fields kPkgInfo{"pkgname = ", "pkgver = ", "arch = "};

std::optional<Package> parse(std::string_view text, const Fields& fields) {
  Package package;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const auto take = [line](std::string_view field, std::string& value) {
      if (line.starts_with(field) && value.empty()) value = line.substr(field.size());
    };
    take(fields.name, package.name);
    take(fields.version, package.version);
    take(fields.architecture, package.architecture);
  }
  return package.name.empty() ? std::nullopt : std::optional(package);
}

std::string text_of(archive* member) {
  std::string text(kMaxText, '\0');
  const la_ssize_t got = ::archive_read_data(member, text.data(), text.size());
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

std::optional<Package> from_members(archive* from, bool outermost) {
  archive_entry* entry = nullptr;
  for (int i = 0; i < kMaxMembers; ++i) {
    const int code = ::archive_read_next_header(from, &entry);
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return std::nullopt;
    const char* path = ::archive_entry_pathname(entry);
    std::string_view name = path == nullptr ? "" : path;
    if (name.starts_with("./")) name.remove_prefix(2);
    if (!outermost && name == "control") return parse(text_of(from), kControl);
    if (outermost && name == ".PKGINFO") return parse(text_of(from), kPkgInfo);
    if (!outermost || !name.starts_with("control.tar")) continue;
    InnerArchive inner(from);
    return inner.open() ? from_members(inner.get(), false) : std::nullopt;
  }
  return std::nullopt;
}

std::string bytes_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

/// A header of an .rpm: 8 bytes of magic and reserve, two counts, and what they count.
std::string rpm_header_at(int fd, std::uint64_t offset) {
  const std::string intro = bytes_at(fd, offset, 16);
  if (intro.size() < 16 || !intro.starts_with("\x8e\xad\xe8")) return {};
  const std::uint64_t size = 8 + std::uint64_t{number_at(intro, 8)} * 16 + number_at(intro, 12);
  return size > kMaxHeader ? std::string()
                           : bytes_at(fd, offset + 8, static_cast<std::size_t>(size));
}

/// After the lead of 96 bytes comes a header with signatures, filled up to a multiple of 8, and
/// then the package's own.
std::optional<Package> from_rpm(int fd) {
  constexpr std::uint64_t kLead = 96;
  const std::string signatures = rpm_header_at(fd, kLead);
  if (signatures.empty()) return std::nullopt;
  const std::uint64_t end = kLead + 8 + signatures.size();
  const RpmHeader header = parse_rpm_header(rpm_header_at(fd, (end + 7) & ~std::uint64_t{7}));
  if (header.name.empty()) return std::nullopt;
  Package package;
  package.name = header.name;
  package.version = header.version + "-" + header.release;
  package.architecture = header.architecture;
  return package;
}

Package from_name(std::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);
  name = name.substr(0, name.rfind('.'));
  Package package;
  const std::size_t first = std::min(name.find('_'), name.size());
  const std::size_t second =
      std::min(name.find('_', std::min(first + 1, name.size())), name.size());
  package.name = name.substr(0, first);
  if (first < name.size()) package.version = name.substr(first + 1, second - first - 1);
  if (second < name.size()) package.architecture = name.substr(second + 1);
  return package;
}

std::optional<Package> from_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  if (path.ends_with(".rpm")) return from_rpm(fd.get());
  if (path.ends_with(".tar") || path.find(".tar.") != std::string::npos || path.ends_with(".tgz"))
    return std::nullopt;
  const ArchivePtr made = make_archive();
  if (::archive_read_open_fd(made.get(), fd.get(), kArchiveBlock) != ARCHIVE_OK)
    return std::nullopt;
  return from_members(made.get(), true);
}

}  // namespace

Package package_of_archive(const std::string& path) {
  Package package = from_file(path).value_or(from_name(path));
  package.manager = "archive";
  return package;
}

}  // namespace ttrace::audit
