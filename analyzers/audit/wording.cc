// What an audit's findings mean, in a sentence each, and what to do about them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyzers/audit/report.h"

namespace ttrace::audit {
namespace {

struct Words {
  std::string_view id;
  const char* message;  // {0}: the symbol
  const char* hint;
};

constexpr const char* kRebuildGlibc =
    "rebuild it with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 (glibc 2.34 or "
    "later), together with "
    "every library that hands it a time_t";

constexpr const char* kRebuildLibrary =
    "rebuild the library with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 (glibc "
    "2.34 or later), and with it "
    "whatever exchanges a time_t with it";

constexpr std::array kWords = {
    Words{"audit.eoverflow", "{0}() fails with EOVERFLOW past 2038-01-19T03:14:07Z", kRebuildGlibc},
    Words{"audit.wrap", "{0}() cuts times past 2038-01-19T03:14:07Z to 32 bits, silently",
          kRebuildGlibc},
    Words{"audit.wrap-argument",
          "{0}() is handed a 32-bit absolute time: past 2038 it lies in 1901", kRebuildGlibc},
    Words{"audit.refused", "{0}() cannot be given a time past 2038: the kernel answers EINVAL",
          kRebuildGlibc},
    Words{"audit.date-refused", "{0}() returns -1 with EOVERFLOW for a date past 2038",
          kRebuildGlibc},
    Words{"audit.converts", "{0}() converts a time that was cut to 32 bits before", kRebuildGlibc},
    Words{"audit.duration", "{0}() takes a 32-bit interval: intervals fit", ""},
    Words{"audit.harmless", "{0}() is the variant for a 32-bit time_t; none passes through it", ""},
    Words{"audit.monotonic",
          "{0}() is only asked for clocks that count from the start of the machine or the program",
          ""},
    Words{"audit.unreached", "{0}() is called by code alone to which nothing in the file leads",
          ""},
    Words{"audit.utmp", "{0}: login records, whose time is 32 bits wide",
          "glibc 2.40 reads these records as unsigned, good until 2106; else "
          "use wtmpdb, lastlog2 or "
          "logind in their place"},
    Words{"audit.raw-call",
          "makes the system call {0} by its number, in the variant with a "
          "32-bit time",
          "build it for a 64-bit machine, or with a newer compiler or run time "
          "library"},
    Words{"audit.static-libc",
          "static and stripped, with a C library ({0}) in it: which of its "
          "calls it makes is unknown",
          "audit the unstripped program, or run it with --run"},
    Words{"audit.abi-time", "its function {0}() takes or gives a 32-bit time_t",
          "rebuild it and everything that uses it together, as another version "
          "of its ABI"},
    Words{"audit.mixed", "has a 64-bit time_t, but {0}() takes or gives one of 32 bits",
          "build the program and the library with the same _TIME_BITS"},
    Words{"audit.fails-in-library", "calls a function that fails past 2038, as {0}() in it does",
          kRebuildLibrary},
    Words{"audit.through-library", "reaches {0}(), which fails past 2038", kRebuildLibrary},
    Words{"audit.linked",
          "is linked to a library that calls {0}(), but nothing that it "
          "imports is seen to lead there",
          ""},
    Words{"audit.interpreter", "its interpreter calls {0}(), which fails past 2038",
          "mend the interpreter; the script needs no change"},
    Words{"audit.missing-library", "{0} is not in this root: what it does is not known", ""},
    Words{"audit.failed-in-run", "{0}() failed in a run past 2038", kRebuildGlibc},
    Words{"audit.ends-otherwise", "past 2038 a run of it ends in another way", ""},
    Words{"audit.unreadable", "cannot be judged: {0}", ""},
};

const Words* words_of(std::string_view id) {
  const auto* row =
      std::find_if(kWords.begin(), kWords.end(), [id](const Words& w) { return w.id == id; });
  return row == kWords.end() ? nullptr : row;
}

std::string route_of(const Finding& finding) {
  if (finding.library.empty()) return {};
  if (finding.entry.empty()) return fmt::format(", through {}", finding.library);
  return fmt::format(", through {}() of {}", finding.entry, finding.library);
}

}  // namespace

Verdict verdict_of(const File& file) {
  if (file.kind == Kind::kUnreadable) return Verdict::kUnknown;
  Verdict verdict = Verdict::kFine;
  for (const Finding& finding : file.findings) {
    const bool fine = finding.proof == Proof::kReachedFine;
    if (finding.level == Level::kError && !fine) return Verdict::kBreaks;
    if (finding.level >= Level::kWarning) verdict = Verdict::kMayBreak;
  }
  return verdict;
}

std::string message_of(const File&, const Finding& finding) {
  const Words* words = words_of(finding.id);
  std::string text =
      words == nullptr ? finding.symbol : fmt::format(fmt::runtime(words->message), finding.symbol);
  text += route_of(finding);
  return finding.detail.empty() ? text : text + ": " + finding.detail;
}

std::string hint_of(const File& file, const Finding& finding) {
  const Words* words = words_of(finding.id);
  const std::string_view hint = words == nullptr ? "" : words->hint;
  if (hint == kRebuildGlibc && file.libc == Libc::kMusl) {
    return "rebuild it against musl 1.2 or later, whose headers know only a "
           "64-bit time_t";
  }
  if (hint == kRebuildGlibc && file.libc == Libc::kBionic) {
    return "Android has no 64-bit time_t for 32-bit programs: build it for a "
           "64-bit ABI";
  }
  return std::string(hint);
}

}  // namespace ttrace::audit
