// The rows of core(5), one by one.
#include "analyzers/core_fate.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "tracer/session/core_conditions.h"

namespace ttrace {
namespace {

using Catch::Contains;

// Nothing speaks against a core here.
CoreConditions good() {
  CoreConditions c;
  c.limit = c.file_limit = CoreConditions::kUnlimited;
  c.pattern = "core";
  c.target = "/var/tmp/core";
  c.directory = "/var/tmp";
  return c;
}

CoreConditions piped_to(const std::string& program) {
  CoreConditions c = good();
  c.limit = 0;  // of no account for a pipe
  c.pattern = "|" + program + " %P";
  c.target = "|" + program + " 7";
  c.program = program;
  c.directory.clear();
  return c;
}

std::string loss(const CoreConditions& c, const CoreEvidence& e = {}) {
  const CoreFate fate = judge_core(c, e);
  CHECK_FALSE(fate.kept);
  CHECK_THAT(fate.message, Catch::StartsWith("no core was kept: "));
  CHECK_FALSE(fate.hint.empty());
  return fate.message;
}

TEST_CASE("a core that was written is kept, with its size and place", "[core]") {
  CoreEvidence e;
  e.dumped = true;
  e.size = 3 << 20;
  const CoreFate fate = judge_core(good(), e);
  CHECK(fate.kept);
  CHECK(fate.where == "/var/tmp/core");
  CHECK(fate.message == "a core was written to /var/tmp/core (3.0 MB)");
}

TEST_CASE("RLIMIT_CORE: who set it is said", "[core]") {
  CoreConditions c = good();
  c.limit = 0;
  CHECK_THAT(loss(c), Contains("RLIMIT_CORE is 0 (it was so when the run began)"));
  CoreEvidence e;
  e.limited_by = "sudo[4] at 0.010 s set it to 0 by setrlimit()";
  CHECK_THAT(loss(c, e), Contains("sudo[4] at 0.010 s set it"));
  c.limit = 100;
  CHECK_THAT(loss(c), Contains("less than the smallest core"));
  c.limit = 20480;
  e = {};
  e.dumped = true;  // the kernel says so even then
  e.size = 20480;
  e.wanted = 40960;
  CHECK_THAT(loss(c, e), Contains("RLIMIT_CORE cut it off after 20.0 kB of 40.0 kB"));
}

TEST_CASE("RLIMIT_FSIZE", "[core]") {
  CoreConditions c = good();
  c.file_limit = 0;
  CHECK_THAT(loss(c), Contains("RLIMIT_FSIZE"));
}

TEST_CASE("no pattern", "[core]") {
  CoreConditions c = good();
  c.pattern = c.target = "";
  CHECK_THAT(loss(c), Contains("core_pattern is empty"));
}

TEST_CASE("not dumpable: by prctl, and by privileges", "[core]") {
  CoreEvidence e;
  e.dumpable = false;
  e.undumpable_by = "gpg-agent[3] called prctl(PR_SET_DUMPABLE, 0)";
  CHECK_THAT(loss(good(), e), Contains("because gpg-agent[3] called"));
  e.by_privileges = true;
  e.undumpable_by = "it runs /usr/bin/sudo (a set-user-ID or privileged program)";
  CHECK_THAT(loss(good(), e), Contains("suid_dumpable is 0"));
  CoreConditions c = good();
  c.suid_dumpable = 2;
  CHECK_THAT(loss(c, e), Contains("suid_dumpable is 2, which asks for"));
  c.pattern = "/var/tmp/core";
  CHECK_THAT(loss(c, e), !Contains("suid_dumpable"));
}

TEST_CASE("the place of the file", "[core]") {
  using Place = CoreConditions::Place;
  CoreConditions c = good();
  const std::pair<Place, const char*> rows[] = {
      {Place::kMissing, "does not exist"},    {Place::kUnwritable, "cannot be written"},
      {Place::kReadOnly, "read-only"},        {Place::kNotAFile, "no regular file"},
      {Place::kLinked, "may not replace it"}, {Place::kFull, "is full"}};
  for (const auto& [place, words] : rows) {
    c.place = place;
    CHECK_THAT(loss(c), Contains(words));
  }
}

TEST_CASE("a part of a core was written", "[core]") {
  CoreEvidence e;
  e.size = 8192;
  e.wanted = 10240;
  e.dumped = true;
  CHECK_THAT(loss(good(), e), Contains("interrupted after 8.0 kB of 10.0 kB: the file system of"));
  e.killed = true;
  CHECK_THAT(loss(good(), e),
             Contains("interrupted after 8.0 kB of 10.0 kB: the process was killed"));
  e.killed = false;
  e.size = e.wanted;
  CHECK(judge_core(good(), e).kept);
}

TEST_CASE("a file was made for a core, and nothing written to it", "[core]") {
  CoreEvidence e;
  e.dumped = true;
  e.wanted = 1;
  CHECK_THAT(loss(good(), e), Contains("the file system of /var/tmp is full, or a quota"));
  e.dumped = false;
  CHECK_THAT(loss(good(), e), Contains("gives it another owner or mode"));
  e.killed = true;
  CHECK_THAT(loss(good(), e), Contains("killed while it was written"));
  e.wanted = 0;
  CHECK_THAT(loss(good(), e), Contains("killed while it was written"));
}

TEST_CASE("a kernel that makes no cores", "[core]") {
  CoreConditions c = good();
  c.pattern = c.target = "";
  CHECK_THAT(loss(c), Contains("without CONFIG_COREDUMP"));
}

TEST_CASE("a file that suid_dumpable 2 does not replace", "[core]") {
  CoreConditions c = good();
  c.pattern = c.target;
  c.place = CoreConditions::Place::kLinked;
  c.suid_dumpable = 2;
  CoreEvidence e;
  e.dumpable = false;
  e.by_privileges = true;
  CHECK_THAT(loss(c, e), Contains("with suid_dumpable 2 a core replaces no file"));
}

TEST_CASE("whom suid_dumpable lets be dumped, and to where", "[core]") {
  CoreConditions c = good();
  CHECK(would_be_dumped(c, Dumpable::kYes));
  CHECK_FALSE(would_be_dumped(c, Dumpable::kNo));
  CHECK_FALSE(would_be_dumped(c, Dumpable::kBySystem));
  c.suid_dumpable = 1;
  CHECK(would_be_dumped(c, Dumpable::kBySystem));
  c.suid_dumpable = 2;
  CHECK_FALSE(would_be_dumped(c, Dumpable::kBySystem));
  c.pattern = "/var/tmp/core";
  CHECK(would_be_dumped(c, Dumpable::kBySystem));
  c = piped_to("/p");
  c.suid_dumpable = 2;
  CHECK(would_be_dumped(c, Dumpable::kBySystem));
}

TEST_CASE("when a quota leaves no room for a core", "[core]") {
  constexpr time_t kNow = 1000;
  dqblk quota{};
  CHECK_FALSE(is_used_up(quota, kNow));  // no limits
  quota.dqb_curspace = 1 << 20;
  quota.dqb_bhardlimit = 2048;  // in KiB
  CHECK_FALSE(is_used_up(quota, kNow));
  quota.dqb_bhardlimit = 1024;
  CHECK(is_used_up(quota, kNow));
  quota.dqb_bhardlimit = 0;
  quota.dqb_bsoftlimit = 512;
  quota.dqb_btime = 2000;  // of grace
  CHECK_FALSE(is_used_up(quota, kNow));
  quota.dqb_btime = 999;
  CHECK(is_used_up(quota, kNow));
  quota.dqb_bsoftlimit = 0;
  quota.dqb_curinodes = quota.dqb_ihardlimit = 5;
  CHECK(is_used_up(quota, kNow));
}

TEST_CASE("PID 1 of a namespace, and nothing known at all", "[core]") {
  CoreConditions c = good();
  CHECK_THAT(loss(c), Contains("CONFIG_ELF_CORE"));
  c.is_init = true;
  CHECK_THAT(loss(c), Contains("PID 1 of its namespace"));
}

TEST_CASE("pipes", "[core]") {
  CoreEvidence e;
  e.dumped = true;
  e.pid = 7;
  const CoreFate fate = judge_core(piped_to("/lib/systemd/systemd-coredump"), e);
  CHECK(fate.kept);
  CHECK_THAT(fate.hint, Contains("coredumpctl info 7"));
  CHECK_THAT(loss(piped_to("/bin/false"), e), Contains("throws it away"));
  CoreConditions c = piped_to("/usr/libexec/gone");
  c.program_state = CoreConditions::Program::kMissing;
  CHECK_THAT(loss(c), Contains("does not exist"));
  c.program_state = CoreConditions::Program::kNotExecutable;
  CHECK_THAT(loss(c), Contains("cannot be executed"));
  c = piped_to("/usr/libexec/fine");
  c.limit = 1;
  CHECK_THAT(loss(c), Contains("RLIMIT_CORE is 1"));
}

TEST_CASE("systemd-coredump without PID 1's socket", "[core]") {
  CoreConditions c = piped_to("/lib/systemd/systemd-coredump");
  c.systemd = "missing";
  CorePiped piped;
  piped.code = 1;
  CoreEvidence e;
  e.piped = &piped;
  CHECK_THAT(loss(c, e), Contains("the socket at /run/systemd/coredump"));
  c.systemd = "present";
  CHECK_THAT(loss(c, e), Contains("failed with status 1"));
  e.handed_over = -ECONNREFUSED;  // which is known better
  CHECK_THAT(loss(c, e), Contains("could not be reached (ECONNREFUSED)"));
  piped.code = 0;
  e.handed_over = 0;
  CHECK(judge_core(c, e).kept);
  CHECK_THAT(judge_core(c, e).message,
             Contains("once PID 1 has started systemd-coredump@.service"));
  e.handed_over.reset();
  CHECK_THAT(judge_core(c, e).message, Contains("saved it by itself"));
}

TEST_CASE("the pattern's % as core(5) has them", "[core]") {
  const CoreNames names{.pid = 70,
                        .inner_pid = 7,
                        .tid = 71,
                        .inner_tid = 8,
                        .uid = 5,
                        .gid = 6,
                        .dumpable = 1,
                        .signal = 11,
                        .seconds = 99,
                        .limit = 4096,
                        .comm = "a/b",
                        .exe = "/usr/bin/prog",
                        .host = "box"};
  const auto expand = [&](const char* text, bool pid = false) {
    return expand_core_pattern(text, pid, names);
  };
  CHECK(expand("core") == "core");
  CHECK(expand("core", true) == "core.7");
  CHECK(expand("core.%p", true) == "core.7");
  CHECK(expand("/c/%e.%P.%i.%I.%s.%t") == "/c/a!b.70.8.71.11.99");
  CHECK(expand("%E-%f-%h-%c-%u-%g-%d") == "!usr!bin!prog-prog-box-4096-5-6-1");
  CHECK(expand("a%%b%zc%") == "a%bc");
  CHECK(expand("|/p %P", true) == "|/p 70");
}

}  // namespace
}  // namespace ttrace
