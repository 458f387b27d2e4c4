// The command line of `ttrace audit`.
#include <catch2/catch.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"

namespace ttrace {
namespace {

using Words = std::vector<std::string>;

AuditOptions options_of(const Words& words) {
  const CommandLine line = parse_command_line(words, {{0, 0}, false});
  REQUIRE(std::holds_alternative<AuditOptions>(line));
  return std::get<AuditOptions>(line);
}

TEST_CASE("audit takes options before and after its paths", "[audit][options]") {
  const AuditOptions options =
      options_of({"audit", "--db", "a.db", "/a", "--shard=2/4", "/b", "-j", "3", "-q"});
  CHECK(options.paths == Words{"/a", "/b"});
  CHECK(options.database == "a.db");
  CHECK(options.shard.index == 2);
  CHECK(options.shard.count == 4);
  CHECK(options.jobs == 3);
  CHECK(options.look.verbosity == -1);
  REQUIRE(options.outputs.size() == 1);
  CHECK(options.outputs[0].format == "text");
  CHECK(options.outputs[0].path == "-");
}

TEST_CASE("audit merges databases", "[audit][options]") {
  const AuditOptions options = options_of({"audit", "--merge", "--db", "all.db", "1.db", "2.db"});
  CHECK(options.merge == Words{"1.db", "2.db"});
  CHECK(options.paths.empty());
}

TEST_CASE("audit refuses what means nothing", "[audit][options]") {
  const Words words = GENERATE(values<Words>({{"audit"},
                                              {"audit", "--merge"},
                                              {"audit", "--shard", "0/4", "/"},
                                              {"audit", "--shard", "5/4", "/"},
                                              {"audit", "--shard", "4", "/"},
                                              {"audit", "--shard", "1/", "/"},
                                              {"audit", "--shard", "-1/4", "/"},
                                              {"audit", "--jobs", "0", "/"},
                                              {"audit", "--bogus", "/"},
                                              {"audit", "-f", "nonsense", "/"},
                                              {"audit", "-q", "-v", "/"},
                                              {"audit", "--fail-on", "never", "/"}}));
  CAPTURE(words);
  CHECK_THROWS_AS(parse_command_line(words, {{0, 0}, false}), UserError);
}

TEST_CASE("a shard is a partition that only the path decides", "[audit]") {
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/usr/bin/program" + std::to_string(i);
    int owners = 0;
    for (unsigned index = 1; index <= 3; ++index) owners += audit::Shard{index, 3}.has(path);
    CHECK(owners == 1);
    CHECK(audit::Shard{}.has(path));
  }
}

}  // namespace
}  // namespace ttrace
