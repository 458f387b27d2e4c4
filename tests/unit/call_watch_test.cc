// Watching the calls of a C library that lies in a root, by the real kernel.
#include "tracer/audit/run/call_watch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tracer/audit/run/c_library.h"
#include "tracer/engine/init_cgroup.h"

namespace ttrace::audit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibraries = "/lib/x86_64-linux-gnu";
constexpr const char* kLoader = "ld-linux-x86-64.so.2";

/// A root with a copy of this machine's C library in it.
class Root {
 public:
  Root() {
    std::string path = fs::temp_directory_path() / "ttrace-watch-XXXXXX";
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = fs::canonical(path);
    fs::create_directories(directory());
    for (const char* const file : {"libc.so.6", kLoader}) {
      fs::copy_file(fs::canonical(fs::path(kLibraries) / file), fs::path(directory()) / file);
    }
  }
  ~Root() { fs::remove_all(path_); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  const std::string& path() const { return path_; }
  std::string directory() const { return path_ + kLibraries; }

  /// Runs this machine's echo, with this root's C library, in `group`.
  void run_echo(const InitCgroup& group) const {
    const std::string loader = directory() + "/" + kLoader, libraries = directory();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      if (!group.enter()) _exit(1);
      execl(loader.c_str(), loader.c_str(), "--library-path", libraries.c_str(), "/bin/echo", "-n",
            nullptr);
      _exit(2);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
  }

 private:
  std::string path_;
};

void check_watch(CallWatch::Link link) {
  if (!fs::exists(fs::path(kLibraries) / kLoader)) {
    WARN("not run: no glibc for x86-64 here");
    return;
  }
  const Root root;
  const InitCgroup group;
  const CallWatch watch(root.path(), {"fork", "setlocale", "tzset"}, 1, link);
  if (!watch.is_on() || group.id() == 0) {
    WARN("not run: the kernel notes no calls here");
    return;
  }
  CHECK(watch.called(group.id()).empty());
  root.run_echo(group);
  CHECK(watch.called(group.id()) == std::vector<std::string>{"setlocale"});
  CHECK(watch.called(group.id()).empty());
  root.run_echo(group);
  CHECK(watch.called(group.id() + 1).empty());
  CHECK(watch.called(group.id()) == std::vector<std::string>{"setlocale"});
}

TEST_CASE("calls of a root's C library are noted by control group", "[audit]") {
  check_watch(CallWatch::Link::kAll);
}

TEST_CASE("... also by a link for each function", "[audit]") {
  check_watch(CallWatch::Link::kEach);
}

TEST_CASE("the machine's own C library is not watched", "[audit]") {
  CHECK_FALSE(CallWatch("/", {"setlocale"}, 1).is_on());
}

TEST_CASE("functions have places in a C library, those asked for and no others", "[audit]") {
  const fs::path library = fs::path(kLibraries) / "libc.so.6";
  if (!fs::exists(library)) {
    WARN("not run: no glibc for x86-64 here");
    return;
  }
  const auto places = function_places(library, {"no_such_function", "setlocale"});
  REQUIRE(places.size() == 1);
  CHECK(places[0].function == 1);
  CHECK(places[0].offset > 0);
  CHECK(function_places("/etc/passwd", {"setlocale"}).empty());
}

}  // namespace
}  // namespace ttrace::audit
