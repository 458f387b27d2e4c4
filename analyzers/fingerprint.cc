#include "analyzers/fingerprint.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <iterator>

namespace ttrace {
namespace {

/// The parts, each with its length before it, so that no two lists of parts read the same.
class Key {
 public:
  void add(std::string_view part) {
    fmt::format_to(std::back_inserter(text_), "{}:{},", part.size(), part);
  }
  void add(const Frame& frame) {
    add(frame.module);
    if (frame.function) {
      add(*frame.function);
    } else {
      add(frame.offset ? fmt::format("+{:#x}", *frame.offset) : "");
    }
  }
  std::string hash() const {
    const XXH128_hash_t hash = XXH3_128bits(text_.data(), text_.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::string text_;
};

}  // namespace

std::string fingerprint(const Finding& finding) {
  Key key;
  key.add(finding.id);
  key.add(finding.process.exe);
  key.add(finding.syscall ? finding.syscall->name : "");
  key.add(finding.api ? finding.api->function.value_or("") : "");
  if (finding.connect) {
    key.add(finding.connect->to.address);
    key.add(finding.connect->to.port ? std::to_string(*finding.connect->to.port) : "");
  }
  if (finding.crash) key.add(finding.crash->signal);
  for (const Frame& frame : finding.stack) key.add(frame);
  return key.hash();
}

}  // namespace ttrace
