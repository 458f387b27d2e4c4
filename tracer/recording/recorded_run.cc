#include "tracer/recording/recorded_run.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "tracer/base/unique_fd.h"
#include "tracer/preload/channel_recording.h"
#include "tracer/recording/recording.h"

namespace ttrace {
namespace {

/// Only a file can be looked at without being used up.
bool is_channel(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat facts {};
  std::array<char, 8> bytes{};
  return fd && fstat(fd.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         pread(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()) &&
         preload::begins_channel({bytes.data(), bytes.size()});
}

}  // namespace

std::unique_ptr<RecordedRun> open_recorded_run(const std::string& path) {
  if (is_channel(path)) return std::make_unique<preload::ChannelRecording>(path);
  return std::make_unique<Recording>(path);
}

}  // namespace ttrace
