// Where reports go: on real files in a directory of the test's own.
#include "tracer/cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

namespace fs = std::filesystem;

class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "ttrace-output-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string operator/(const char* name) const { return (path_ / name).string(); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  fs::path path_;
};

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void put(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::string error_of(const std::string& path) {
  try {
    ReportFile file(path);
  } catch (const UserError& error) {
    CHECK(error.exit_status() == 125);
    CHECK_FALSE(error.hint().empty());
    return error.what();
  }
  return "";
}

TEST_CASE("a report appears when it is whole", "[output]") {
  const Directory directory;
  const std::string path = directory / "r.txt";
  const mode_t mask = umask(027);
  ReportFile file(path);
  umask(mask);
  CHECK_FALSE(fs::exists(path));
  REQUIRE(directory.names().size() == 1);
  CHECK_THAT(directory.names()[0], Catch::StartsWith("r.txt.tmp."));
  const std::string text(1'000'000, 'x');
  file.finish(text);
  CHECK(content(path) == text);
  CHECK(mode_of(path) == 0640);
  CHECK(directory.names() == std::vector<std::string>{"r.txt"});
}

TEST_CASE("an older report stands until the new one is whole", "[output]") {
  const Directory directory;
  const std::string path = directory / "r.txt";
  put(path, "old");
  fs::permissions(path, fs::perms{0604});
  {
    const ReportFile abandoned(path);
    CHECK(content(path) == "old");
  }
  CHECK(content(path) == "old");
  CHECK(directory.names() == std::vector<std::string>{"r.txt"});
  ReportFile file(path);
  file.finish("new");
  CHECK(content(path) == "new");
  CHECK(mode_of(path) == 0604);
}

TEST_CASE("a link is followed, not replaced", "[output]") {
  const Directory directory;
  fs::create_directory(directory / "sub");
  fs::create_symlink("sub/r.txt", directory / "near");
  fs::create_symlink(directory / "near", directory / "far");
  ReportFile(directory / "far").finish("one");
  CHECK(content(directory / "sub/r.txt") == "one");
  ReportFile(directory / "far").finish("two");
  CHECK(content(directory / "sub/r.txt") == "two");
  CHECK(fs::is_symlink(directory / "near"));
  CHECK(fs::is_symlink(directory / "far"));
  fs::create_symlink("loop", directory / "loop");
  CHECK_THAT(error_of(directory / "loop"), Catch::Contains("symbolic links"));
}

TEST_CASE("a place that cannot be written is known at once", "[output]") {
  const Directory directory;
  CHECK_THAT(error_of(directory / "missing/r.txt"), Catch::Contains("No such file or directory"));
  fs::create_directory(directory / "sub");
  CHECK_THAT(error_of(directory / "sub"), Catch::Contains("Is a directory"));
  CHECK_THAT(error_of((directory / "new") + "/"), Catch::Contains("'"));
  put(directory / "file", "");
  CHECK_THAT(error_of(directory / "file/r.txt"), Catch::Contains("Not a directory"));
  CHECK_THAT(error_of(directory / std::string(300, 'n').c_str()), Catch::Contains("too long"));
  CHECK_THAT(error_of("/proc/ttrace-report"), Catch::Contains("cannot write the report"));
  CHECK_THAT(error_of("/dev/fd/987"), Catch::Contains("Bad file descriptor"));
}

TEST_CASE("a full disk is an error and leaves nothing behind", "[output]") {
  ReportFile full("/dev/full");
  CHECK_THROWS_AS(full.finish("text"), UserError);
  const Directory directory;
  {
    ReportFile file(directory / "r.txt");
    fs::remove(directory / directory.names()[0].c_str());
    CHECK_THROWS_AS(file.finish("text"), UserError);
  }
  CHECK(directory.names().empty());
}

TEST_CASE("devices and pipes are written to directly", "[output]") {
  ReportFile("/dev/null").finish("text");
  CHECK(fs::is_character_file("/dev/null"));
  const Directory directory;
  const std::string fifo = directory / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = content(fifo); });
  ReportFile(fifo).finish("through a pipe");
  reader.join();
  CHECK(got == "through a pipe");
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("a pipe without reader is an error, not a signal", "[output]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  ReportFile file("/dev/fd/" + std::to_string(ends[1]));
  CHECK_THROWS_WITH(file.finish("text"), Catch::Contains("Broken pipe"));
  close(ends[1]);
}

TEST_CASE("a descriptor is written to where it stands", "[output]") {
  const Directory directory;
  const std::string path = directory / "log";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  REQUIRE(write(fd, "before ", 7) == 7);
  ReportFile("/proc/self/fd/" + std::to_string(fd)).finish("report");
  close(fd);
  CHECK(content(path) == "before report");
}

TEST_CASE("the target inherits no report file", "[output]") {
  const Directory directory;
  const ReportFile file(directory / "r.txt");
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = fs::read_symlink(entry.path(), error).string();
    if (target.find("r.txt.tmp.") == std::string::npos) continue;
    const int fd = std::stoi(entry.path().filename().string());
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("every report is written in its format", "[output]") {
  const Directory directory;
  RunOptions options;
  options.color = true;
  options.outputs = {{"text", directory / "r.txt"}, {"json", directory / "r.json"}};
  Outputs outputs(options);
  outputs.write({}, {});
  CHECK_THAT(content(directory / "r.txt"), Catch::StartsWith("ttrace: no findings"));
  CHECK_THAT(content(directory / "r.json"),
             Catch::StartsWith("{") && !Catch::Contains("\"version\": \"\""));
}

TEST_CASE("one failing report does not take the others with it", "[output]") {
  const Directory directory;
  RunOptions options;
  options.outputs = {{"text", "/dev/full"}, {"json", directory / "r.json"}};
  Outputs outputs(options);
  CHECK_THROWS_AS(outputs.write({}, {}), UserError);
  CHECK_FALSE(content(directory / "r.json").empty());
}

TEST_CASE("nothing is left when one of the places is bad", "[output]") {
  const Directory directory;
  RunOptions options;
  options.outputs = {{"text", directory / "r.txt"}, {"json", directory / "missing/r.json"}};
  CHECK_THROWS_AS(Outputs(options), UserError);
  CHECK(directory.names().empty());
}

TEST_CASE("a file has colour only when colour is forced", "[output]") {
  const Directory directory;
  Finding finding;
  finding.id = "time.eoverflow";
  RunOptions options;
  options.color = true;
  options.outputs = {{"text", directory / "r.txt"}};
  Outputs(options).write({}, {finding});
  CHECK_THAT(content(directory / "r.txt"), !Catch::Contains("\x1b"));
  options.color_always = true;
  Outputs(options).write({}, {finding});
  CHECK_THAT(content(directory / "r.txt"), Catch::Contains("\x1b"));
}

}  // namespace
}  // namespace ttrace
