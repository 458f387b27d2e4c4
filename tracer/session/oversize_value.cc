#include "tracer/session/oversize_value.h"

#include <utility>

#include "preload/shim/protocol.h"

namespace ttrace {
namespace {

constexpr std::pair<shim::Reason, const char*> kFields[] = {
    {shim::kReasonTime, "time"},    {shim::kReasonAtime, "atime"}, {shim::kReasonMtime, "mtime"},
    {shim::kReasonCtime, "ctime"},  {shim::kReasonSize, "size"},   {shim::kReasonInode, "inode"},
    {shim::kReasonBlocks, "blocks"}};

constexpr std::uint32_t kTimes =
    shim::kReasonTime | shim::kReasonAtime | shim::kReasonMtime | shim::kReasonCtime;

}  // namespace

OversizeValue describe_oversize(std::uint32_t reasons, std::int64_t seconds) {
  OversizeValue value;
  value.source =
      reasons & shim::kReasonTime ? OversizeValue::Source::kClock : OversizeValue::Source::kFile;
  value.truncated = reasons & shim::kReasonTruncated;
  for (const auto& [reason, name] : kFields) {
    if (reasons & reason) value.fields.emplace_back(name);
  }
  if (reasons & kTimes) value.seconds = seconds;
  return value;
}

}  // namespace ttrace
