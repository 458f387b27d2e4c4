// What `ttrace audit` has to say, as plain values: every renderer of an audit reads this and
// nothing else. It is loaded from the audit's database (docs/audit-schema.md) once all passes are
// done.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/finding.h"

namespace ttrace::audit {

enum class Kind {
  kProgram,     // dynamically linked, or a position-independent static program's loader-less twin
  kStatic,      // an executable without a loader
  kLibrary,     // a shared object
  kScript,      // #! and an interpreter
  kObject,      // relocatable, kernel module, core: not judged
  kUnreadable,  // should be judged and cannot be; `why` says why
};

enum class Libc { kUnknown, kGlibc, kMusl, kUclibc, kBionic, kDietlibc, kNone };

/// How wide this file's own time_t is, as far as its imports or its own code tell.
enum class TimeBits { kUnknown, k32, k64, kBoth };

/// What becomes of the file in 2038. kUnknown: it could not be read.
enum class Verdict { kFine, kMayBreak, kBreaks, kUnknown };

/// What a run at a faked date (--run) added to a static finding.
enum class Proof { kNotRun, kProven, kReachedFine, kNotReached };

struct Finding {
  std::string id;  // "audit.eoverflow": see the README's table
  Level level = Level::kNote;
  std::string symbol{};   // the C library function, or what else it is about; may be empty
  std::string library{};  // path of the library through which it is reached; empty: the file itself
  std::string entry{};    // the function of that library that leads there; empty: not known
  std::string detail{};   // a fact more, in words; may be empty
  Proof proof = Proof::kNotRun;
  std::string evidence{};    // with a proof: what was seen
  bool in_baseline = false;  // known before (--baseline): no renderer shows it as new
};

struct File {
  std::int64_t id = 0;  // of the row in the database
  std::string path;     // within its tree if that is a root or an archive, else as on this machine
  std::uint32_t tree = 0;     // index into Report::trees
  std::uint32_t package = 0;  // index into Report::packages; 0: none
  Kind kind = Kind::kUnreadable;
  Libc libc = Libc::kUnknown;
  TimeBits time_bits = TimeBits::kUnknown;
  Verdict verdict = Verdict::kUnknown;
  std::uint8_t bits = 0;  // 32 or 64; 0: no ELF file
  bool big_endian = false;
  std::string machine;      // "i386", "armhf", "mips" …; empty: no ELF file
  std::string interpreter;  // the loader, or a script's interpreter
  std::string language;     // "go", "rust"; empty: not told apart
  std::string why;          // why it could not be read
  std::vector<Finding> findings;
};

struct Package {
  std::string name;  // empty for packages[0]: files of no package
  std::string version;
  std::string architecture;
  std::string manager;               // "dpkg", "apk", "rpm", "opkg", "archive"
  Verdict verdict = Verdict::kFine;  // the worst of its files'
  std::uint64_t files = 0;           // judged ones
  std::uint64_t breaking = 0, may_break = 0, unreadable = 0;
};

/// One PATH of the command line.
struct Tree {
  std::string path;  // absolute, on this machine
  std::string kind;  // "root", "directory", "file", "archive"
};

/// A program reaches a call that fails it through a library: the graph of what taints what. The
/// same as the findings with a library, but once for each (program, library, symbol).
struct Taint {
  std::size_t program = 0;  // index into Report::files
  std::string library;
  std::string entry;
  std::string symbol;
  Level level = Level::kNote;
};

struct Totals {
  std::uint64_t files = 0;  // judged: ELF files, scripts and those unreadable
  std::uint64_t seen = 0;   // all that were looked at, data among them
  std::uint64_t elf32 = 0, elf64 = 0, scripts = 0;
  std::uint64_t breaking = 0, may_break = 0, fine = 0, unreadable = 0;
  std::uint64_t errors = 0, warnings = 0, notes = 0;  // findings
  std::uint64_t known = 0;                            // findings that the baseline has
};

struct RunInfo {
  std::string version;  // of ttrace
  std::string started;  // ISO 8601, UTC
  double duration_s = 0;
  std::string shard;         // "2/8"; empty: everything
  bool interrupted = false;  // Ctrl-C: not all files were looked at
  bool dynamic = false;      // programs were run (--run)
};

struct Report {
  RunInfo run;
  std::vector<Tree> trees;
  std::vector<Package> packages;  // [0] stands for "no package"
  std::vector<File> files;        // by tree, then by path
  std::vector<Taint> taints;
  Totals totals;
};

std::string_view level_word(Level level);
Level level_of(std::string_view word);

/// The word that stands for a value in the reports and in the database.
std::string_view word(Kind kind);
std::string_view word(Libc libc);
std::string_view word(TimeBits bits);
std::string_view word(Verdict verdict);  // "breaks", "may break", "fine", "unknown"
std::string_view word(Proof proof);
/// The way back; the first value of the enumeration for a word that is none.
Kind kind_of(std::string_view word);
Libc libc_of(std::string_view word);
TimeBits time_bits_of(std::string_view word);
Proof proof_of(std::string_view word);

/// What a file's findings amount to: an error breaks, a warning may break.
Verdict verdict_of(const File& file);

/// One sentence that says what is wrong, and one that says what to do about it. Symbols and paths
/// are the file's word: pass them through printable() before a terminal sees them.
std::string message_of(const File& file, const Finding& finding);
std::string hint_of(const File& file, const Finding& finding);

}  // namespace ttrace::audit
