// Layout (rpm's lib/header.c): counts of index entries and of data bytes, the entries (tag, type,
// offset, count), the data; all numbers big-endian.
#include "tracer/audit/packages/rpm_header.h"

#include <algorithm>
#include <cstdint>
#include <map>

namespace ttrace::audit {
namespace {

enum Tag : std::uint32_t {
  kName = 1000,
  kVersion = 1001,
  kRelease = 1002,
  kArch = 1022,
  kDirIndexes = 1116,
  kBaseNames = 1117,
  kDirNames = 1118,
};

constexpr std::size_t kEntry = 16;
constexpr std::uint32_t kMaxItems = 1'000'000;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < 4) return 0;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

class Header {
 public:
  explicit Header(std::string_view blob) {
    const std::size_t entries = number_at(blob, 0);
    if (blob.size() < 8 || entries > (blob.size() - 8) / kEntry) return;
    data_ = blob.substr(8 + entries * kEntry);
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t at = 8 + i * kEntry;
      index_[number_at(blob, at)] = {number_at(blob, at + 8), number_at(blob, at + 12)};
    }
  }

  std::vector<std::string> strings(std::uint32_t tag) const {
    std::vector<std::string> strings;
    const auto [offset, count] = entry(tag);
    std::size_t at = std::min<std::size_t>(offset, data_.size());
    for (std::uint32_t i = 0; i < count && at < data_.size(); ++i) {
      const std::size_t end = std::min(data_.find('\0', at), data_.size());
      strings.emplace_back(data_.substr(at, end - at));
      at = end + 1;
    }
    return strings;
  }

  std::string string(std::uint32_t tag) const {
    const auto all = strings(tag);
    return all.empty() ? std::string() : all.front();
  }

  std::uint32_t number(std::uint32_t tag, std::size_t i) const {
    const auto [offset, count] = entry(tag);
    return i < count ? number_at(data_, offset + i * 4) : UINT32_MAX;
  }

 private:
  struct Entry {
    std::uint32_t offset = 0, count = 0;
  };
  Entry entry(std::uint32_t tag) const {
    const auto found = index_.find(tag);
    if (found == index_.end()) return {};
    return {found->second.offset, std::min(found->second.count, kMaxItems)};
  }

  std::string_view data_;
  std::map<std::uint32_t, Entry> index_;
};

}  // namespace

RpmHeader parse_rpm_header(std::string_view blob) {
  const Header header(blob);
  RpmHeader made{header.string(kName),
                 header.string(kVersion),
                 header.string(kRelease),
                 header.string(kArch),
                 {}};
  const auto directories = header.strings(kDirNames);
  const auto names = header.strings(kBaseNames);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::uint32_t directory = header.number(kDirIndexes, i);
    if (directory < directories.size()) made.files.push_back(directories[directory] + names[i]);
  }
  return made;
}

}  // namespace ttrace::audit
