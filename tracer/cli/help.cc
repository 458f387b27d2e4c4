#include "tracer/cli/help.h"

#include <elfutils/libdwfl.h>
#include <fmt/format.h>

#include "analyzers/analyzer.h"
#include "tracer/abi/abi.h"

namespace ttrace {

std::string_view version() { return TTRACE_VERSION; }

std::string run_help_text() {
  return R"(Usage: ttrace [run] [OPTIONS] [--] COMMAND [ARG...]
       ttrace explore|bisect|attach|audit|report|doctor …   (each: --help)
Run COMMAND and report where time or a connect fails it. Options end at COMMAND.
      --clock WHEN        start its clock at WHEN: 2038-01-19 (noon UTC), +12y,
                          @EPOCH_SECONDS; --rate R: how fast it runs (1)
      --file-times HOW    shift: new files get the faked time (default); real
      --kernel KIND       as a kernel would: no-time32, no-time64, eperm-time64
      --analyze LIST      which run (all; `help`); --engine auto|ptrace|preload
      --crash SIG@WHEN    kill it by SEGV, ABRT …: 2s, syscall:NAME[:N],
                          function:NAME[:N]; SIG:THREAD@… for one thread
      --connect RULE      fail connects: ADDR[:PORT]=FAULT; FAULT: timeout[:D],
                          refuse, unreachable, reset, delay:D, redirect:A:P
  -u, --user USER         run it as USER; --slow D: report connects over D (1s)
      --root DIR          run it inside DIR, unharmed unless --root-writable
      --core-pattern P    as if core_pattern were P; --init: run it as PID 1
      --stack-depth N     frames a stack (32); --no-stacks; --timeout D: end it
  -f, --format FORMAT     text, json, jsonl, html, sarif, trace or junit
  -o, --output FILE       report to FILE, not stderr; its extension tells FORMAT
      --fail-on LEVEL     exit with 10 at it; --baseline FILE; --record FILE
  -q, --quiet; -v, --verbose; --color auto|always|never; -h, --help; --version
Examples:
  ttrace --clock 2038-01-19 sudo ls -l
  ttrace --clock +12y --root i386-root -u nobody perl -e 'print time'
  ttrace --clock @2147483640 -o report.json --fail-on error -- make check
)";
}

std::string explore_help_text() {
  return R"(Usage: ttrace explore [--connect FAULT] [OPTIONS] [--] COMMAND [ARG...]
Run COMMAND once to learn what it connects to, then once for each of these with
that one failing, and tell which failure hangs it, breaks it or leaves it alone.
      --connect FAULT     how each fails (default timeout:20s): timeout[:D],
                          refuse, unreachable, reset, delay:D, redirect:A:P;
                          may be given more than once: each is tried
      --connect RULE      ADDR[:PORT]=FAULT holds in every run
      --timeout D         end a run after D (default: what four such failures
                          take, and 10 s; the first run has no limit)
  -f, --format FORMAT     text, a table, or json; -o FILE: there, not to stderr
      --fail-on LEVEL     exit with 10 if one hangs (error), breaks it (warning)
  -q, --quiet             the table only, no progress
Other options of ttrace, as --root, -u or --clock, hold in every run. COMMAND
reads its input anew each time if that is a file, else it finds none; what it
prints is shown for the first run only. What one run leaves, the next one finds.
Examples:
  ttrace explore --connect timeout:5s -- dirmngr --server
  ttrace explore --connect refuse --connect reset -f json curl -s http://host/
)";
}

std::string bisect_help_text() {
  return R"(Usage: ttrace bisect [--from WHEN] [--to WHEN] [OPTIONS] [--] COMMAND [ARG...]
Run COMMAND at many clocks and find the seconds at which what it does changes:
how it ends, what ttrace finds, what it prints. The moments at which clocks are
known to run over (NTP in 2036, time_t in 2038, UTCTime in 2050 …) are tried
first; where two neighbours differ, the span between them is halved.
      --from WHEN         the first clock (default: now)
      --to WHEN           the last one (default: 2110); WHEN as for --clock
      --timeout D         end a run after D (default: ten times the first run,
                          and 10 s; the first run has no limit)
  -f, --format FORMAT     text, a table, or json; -o FILE: there, not to stderr
      --fail-on LEVEL     exit with 10 if it ends in another way or meets an
                          error (error), or merely prints something else (warning)
  -q, --quiet             the table only, no progress
The present in what it prints (dates, process ids, temporary names …) is left
out. A change that goes back before the next moment that is tried is not seen.
Other options of ttrace, as --root or -u, hold in every run; what one run
leaves, the next one finds. Exit status: the first run's; 125 if unsteady.
Examples:
  ttrace bisect -- openssl verify -CAfile ca.pem server.pem
  ttrace bisect --root i386-root --from 2038-01-01 --to 2038-02-01 sudo -n true
)";
}

std::string attach_help_text() {
  return R"(Usage: ttrace attach [OPTIONS] -p PID | --name GLOB | --cgroup PATH
Watch processes that run already, with all their threads and the children they
make: tell at once what each thread is blocked in and since when, then go on as
ttrace run does. Ctrl-C (or --timeout, TERM, HUP) detaches; they run on unharmed.
  -p, --pid PID           a process; may be given more than once, as all three
      --name GLOB         all processes of that name: --name 'redis*'
      --cgroup PATH       all in a control group: system.slice/ssh.service
      --clock WHEN        move their clocks, at once and until ttrace detaches
      --connect, --crash, --slow, --analyze, --rate, --file-times, --stack-depth,
      --no-stacks, --timeout, -f, -o, --record, --baseline, --fail-on, -q, -v:
      as for ttrace run
While attached every system call stops twice, which takes microseconds each:
there is no filter, since it could not be taken out of a process again.
Exit status: 0; 10 with --fail-on; 125 if it cannot attach.
Examples:
  ttrace attach -p $(pidof dirmngr)
  ttrace attach --clock 2038-01-19 --timeout 1min -o report.json --name 'nginx*'
)";
}

std::string report_help_text() {
  return R"(Usage: ttrace report [OPTIONS] RECORDING
Report on a run that ttrace --record RECORDING kept, as if it ended just now: the
same findings, in any format, on any machine. What had no name when it was
recorded is looked up in this machine's files of the same build id, and with
DEBUGINFOD_URLS in the environment on those servers.
      --analyze LIST      which run (default: those that ran; `help`)
  -f, --format FORMAT     of the report: text, json, jsonl, sarif, trace, junit
  -o, --output FILE       report to FILE, not stderr; its extension tells FORMAT
      --fail-on LEVEL     exit with 10 on an error, warning or note
      --baseline FILE     leave out what this report (json, jsonl) has
  -q, --quiet; -v, --verbose; --color auto|always|never; -h, --help; --version
A recording without an end (ttrace was killed, the file was cut off) is reported
on as far as it goes, and the report says so. So is a RECORDING that the preload
library wrote without ttrace: LD_PRELOAD=…/libttrace-preload.so TTRACE_OUTPUT=FILE
Examples:
  ttrace --record run.ttr --clock 2038-01-19 sudo ls
  ttrace report run.ttr -o run.sarif --fail-on error
)";
}

std::string doctor_help_text() {
  return R"(Usage: ttrace doctor [-f text|json]
Try what ttrace needs of this machine (ptrace, seccomp, 32-bit programs, debug
registers, privileges, namespaces, overlay, core_pattern, symbols) and print a
line for each: fine, limited or missing, what is lost, and how to mend it.
  -f, --format FORMAT     text (default) or json, on standard output
Exit status: 0 if nothing is missing, else 1. Nothing is changed.
)";
}

std::string audit_help_text() {
  return R"(Usage: ttrace audit [OPTIONS] PATH...
Say of each ELF file and script under PATH (a file, a directory, the root of a
system) whether it breaks in 2038, by the calls that it imports. Nothing is run,
but with:
      --run               each program with --version and --help, in a sandbox,
                          today and past 2038: what is proven, what is fine
      --corpus FILE       and these commands of sh, one a line (implies --run)
      --clock WHEN        past 2038 (2038-01-19); --timeout D: end a run (10s)
      --db FILE           keep the results there: an audit that was interrupted
                          goes on, one that is repeated reads what changed
      --shard I/N         only the Ith of N shares; then, to join them:
      --merge             PATH... are the databases of shards; needs --db
      --baseline FILE     what this report (json, jsonl) has is no news
  -j, --jobs N            threads (one for each core)
  -f, --format FORMAT     text, json, jsonl, html, sarif or junit
  -o, --output FILE       there, not to standard output; .html … chooses FORMAT
      --fail-on LEVEL     exit with 10 on a new error, warning or note
  -q, --quiet             no sums, no progress; -v: the fine ones and notes too
Examples:
  ttrace audit /usr/bin/sudo
  ttrace audit -o audit.json --db audit.db --fail-on error /srv/armhf-root
  ttrace audit --run --corpus samples/debian-essential.corpus /srv/i386-root
)";
}

std::string version_text() {
  return fmt::format("ttrace {}\nABIs traced: {}, {}\nunwinder: libdw {}\n", version(),
                     abi_info(Abi::kX86_64).name, abi_info(Abi::kI386).name, dwfl_version(nullptr));
}

std::string analyzers_text() {
  std::string text;
  for (const AnalyzerEntry& entry : analyzer_registry()) {
    text += fmt::format("{:<10} {}\n", entry.name, entry.summary);
  }
  return text;
}

}  // namespace ttrace
