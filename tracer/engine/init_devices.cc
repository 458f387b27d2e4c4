#include "tracer/engine/init_devices.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "tracer/base/unique_fd.h"
#include "tracer/engine/init.h"

namespace ttrace {
namespace {

constexpr std::array kDevices = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr std::array kLinks = {
    std::pair{"/proc/self/fd", "/dev/fd"}, std::pair{"/proc/self/fd/0", "/dev/stdin"},
    std::pair{"/proc/self/fd/1", "/dev/stdout"}, std::pair{"/proc/self/fd/2", "/dev/stderr"},
    std::pair{"pts/ptmx", "/dev/ptmx"}};

}  // namespace

void mount_own_devices() {
  // Opened first: they are about to be covered.
  std::vector<std::pair<std::string, UniqueFd>> devices;
  for (const char* const name : kDevices) {
    const std::string path = fmt::format("/dev/{}", name);
    UniqueFd device(open(path.c_str(), O_PATH | O_CLOEXEC));
    if (device) devices.emplace_back(path, std::move(device));
  }
  must_mount_for_init("/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
  for (const auto& [path, device] : devices) {
    const UniqueFd place(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    const std::string source = fmt::format("/proc/self/fd/{}", device.get());
    if (mount(source.c_str(), path.c_str(), "", MS_BIND, nullptr)) fail_init(path);
  }
  for (const auto& [to, from] : kLinks) (void)symlink(to, from);
  (void)mkdir("/dev/pts", 0755);
  (void)mkdir("/dev/shm", 01777);
  must_mount_for_init("/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                      "newinstance,ptmxmode=0666,mode=620");
  must_mount_for_init("/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

}  // namespace ttrace
