#include "tracer/audit/run/corpus.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kMostLines = 100'000;
constexpr std::size_t kLongestLine = 64 * 1024;  // sh -c takes no more than MAX_ARG_STRLEN

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw UserError(fmt::format("--corpus {}: {}", path, why),
                  "it has a command of the root's sh on each line; # begins a comment");
}

bool is_command(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string::npos && line[first] != '#';
}

}  // namespace

std::vector<std::string> read_corpus(const std::string& path) {
  std::ifstream file(path);
  if (!file) fail(path, std::strerror(errno));
  std::vector<std::string> commands;
  for (std::string line; std::getline(file, line);) {
    if (line.size() > kLongestLine) fail(path, "a line is too long");
    if (line.find('\0') != std::string::npos) fail(path, "it is no text");
    if (is_command(line)) commands.push_back(line);
    if (commands.size() > kMostLines) fail(path, "it has too many lines");
  }
  if (file.bad()) fail(path, std::strerror(errno));
  return commands;
}

}  // namespace ttrace::audit
