#include "analyzers/fingerprint.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <iterator>

#include "analyzers/fingerprint_key.h"

namespace ttrace {
namespace {

void add(FingerprintKey& key, const Frame& frame) {
  key.add(frame.module);
  if (frame.function) {
    key.add(*frame.function);
  } else {
    key.add(frame.offset ? fmt::format("+{:#x}", *frame.offset) : "");
  }
}

}  // namespace

void FingerprintKey::add(std::string_view part) {
  fmt::format_to(std::back_inserter(text_), "{}:{},", part.size(), part);
}

std::string FingerprintKey::hash() const {
  const XXH128_hash_t hash = XXH3_128bits(text_.data(), text_.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string fingerprint(const Finding& finding) {
  FingerprintKey key;
  key.add(finding.id);
  key.add(finding.process.exe);
  key.add(finding.syscall ? finding.syscall->name : "");
  key.add(finding.api ? finding.api->function.value_or("") : "");
  if (finding.connect) {
    key.add(finding.connect->to.address);
    key.add(finding.connect->to.port ? std::to_string(*finding.connect->to.port) : "");
  }
  if (finding.crash) key.add(finding.crash->signal);
  for (const Frame& frame : finding.stack) add(key, frame);
  return key.hash();
}

}  // namespace ttrace
