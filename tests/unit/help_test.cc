// What the command line prints on request, and its guesses at what was meant.
#include <catch2/catch.hpp>
#include <sstream>

#include "analyzers/analyzer.h"
#include "tracer/abi/abi.h"
#include "tracer/cli/command_line.h"
#include "tracer/cli/suggest.h"

namespace ttrace {
namespace {

using Words = std::vector<std::string>;

std::string text_of(const Words& words) {
  const CommandLine line = parse_command_line(words, {{0, 0}, false});
  REQUIRE(std::holds_alternative<PrintText>(line));
  return std::get<PrintText>(line).text;
}

TEST_CASE("help fits one screen and names every choice", "[options]") {
  const std::vector<Words> ways = {{"--help"},
                                   {"-h"},
                                   {"-q", "--help", "--bogus"},
                                   {"run", "-h"},
                                   {"--clock", "nonsense", "--help", "x"}};
  for (const Words& words : ways) {
    CAPTURE(words);
    CHECK_THAT(text_of(words), Catch::StartsWith("Usage: ttrace"));
  }
  std::istringstream help(text_of({"--help"}));
  std::string line;
  int lines = 0;
  int examples = 0;
  while (std::getline(help, line)) {
    ++lines;
    CHECK(line.size() <= 80);
    if (line.rfind("  ttrace ", 0) == 0) ++examples;
  }
  CHECK(lines <= 24);
  CHECK(examples == 3);
  for (const char* word :
       {"--clock",     "--rate",          "--file-times", "--analyze", "--engine",  "--user",
        "--root",      "--root-writable", "--connect",    "--slow",    "--timeout", "--stack-depth",
        "--no-stacks", "--format",        "--output",     "--fail-on", "--quiet",   "--verbose",
        "--color",     "--help",          "--version"}) {
    CHECK_THAT(text_of({"--help"}), Catch::Contains(word));
  }
}

TEST_CASE("the version names ABIs and unwinder", "[options]") {
  const std::string text = text_of({"--version", "--bogus"});
  CHECK_THAT(text, Catch::StartsWith("ttrace ") &&
                       Catch::Contains(is_traced(Abi::kX86_64) ? "x86-64, i386" : " i386") &&
                       Catch::Contains("libdw 0."));
}

TEST_CASE("the analyzers are listed on request", "[options]") {
  const std::string text = text_of({"--analyze", "help"});
  for (const AnalyzerEntry& entry : analyzer_registry()) {
    CHECK_THAT(text, Catch::Contains(std::string(entry.name)));
    CHECK_THAT(text, Catch::Contains(std::string(entry.summary)));
  }
}

TEST_CASE("the nearest word is one that could have been meant", "[suggest]") {
  const Words words = {"clock", "color", "root", "root-writable"};
  CHECK(nearest_word("clok", words) == "clock");
  CHECK(nearest_word("colour", words) == "color");
  CHECK(nearest_word("root-w", words) == "root-writable");
  CHECK_FALSE(nearest_word("xyz", words));
  CHECK_FALSE(nearest_word("", words));
  CHECK_FALSE(nearest_word(std::string(100'000, 'a'), words));
}

}  // namespace
}  // namespace ttrace
