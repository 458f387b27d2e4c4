#include "analyzers/finding_kinds.h"

#include <algorithm>

namespace ttrace {
namespace {

constexpr std::string_view kRebuild =
    "Rebuild what makes the call with a 64-bit time_t: -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 with "
    "glibc 2.34 or later, or musl 1.2 or later.";
constexpr std::string_view kSetHandlerAside =
    "In a handler of a fatal signal call only what is async-signal-safe, and then raise the signal "
    "again with its default action.";
constexpr std::string_view kBoundConnect =
    "Connect without blocking and wait with poll() for as long as makes sense, or set "
    "TCP_USER_TIMEOUT or SO_SNDTIMEO on the socket.";

constexpr std::string_view kRebuildTogether =
    "Rebuild it with a 64-bit time_t, and with it whatever exchanges a time_t with it.";

}  // namespace

const char* level_name(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      break;
  }
  return "note";
}

const std::vector<FindingKind>& finding_kinds() {
  static const std::vector<FindingKind> kinds = {
      {"time.eoverflow", Level::kError,
       "A libc time call failed with EOVERFLOW because the time does not fit 32 bits", kRebuild},
      {"time.wrapped", Level::kError,
       "A time past 32 bits reached the program, or its user in a message, cut off", kRebuild},
      {"time.wrapped-argument", Level::kError,
       "The program handed the kernel a time that was cut to 32 bits", kRebuild},
      {"time.call-refused", Level::kWarning,
       "A call met the answer of the kernel asked for with --kernel",
       "Try the 64-bit call first and fall back to the other where it fails with ENOSYS."},
      {"time.set-refused", Level::kNote,
       "The program set the clock: its faked clock moved, the machine's did not", ""},
      {"file.eoverflow", Level::kError,
       "A stat call failed with EOVERFLOW because of a time stamp, a size or an inode number",
       kRebuild},
      {"file.wrapped", Level::kError, "A stat call gave a time stamp cut to 32 bits", kRebuild},
      {"connect.blocked", Level::kWarning,
       "A connect took longer than --slow, or has no time limit", kBoundConnect},
      {"connect.failed", Level::kNote, "A connect failed at once", ""},
      {"connect.injected", Level::kNote, "A fault of --connect was applied", ""},
      {"crash.signal", Level::kError, "A signal that dumps core by default was delivered", ""},
      {"crash.handler", Level::kNote, "What handled a fatal signal, and with which flags", ""},
      {"crash.handler-path", Level::kWarning,
       "What the handler of a fatal signal did until the process was gone", kSetHandlerAside},
      {"crash.core-lost", Level::kError, "No core is kept", ""},
      {"crash.core-kept", Level::kNote, "A core was kept, and where it is", ""},
      {"process.blocked", Level::kNote, "A thread was blocked as ttrace attach came", ""},
      {"process.hung", Level::kError, "A thread was still blocked when --timeout ended the target",
       ""},
      {"audit.eoverflow", Level::kError,
       "Imports a C library call that fails with EOVERFLOW in 2038", kRebuild},
      {"audit.wrap", Level::kError, "Imports a call that cuts times to 32 bits, silently",
       kRebuild},
      {"audit.wrap-argument", Level::kWarning,
       "Imports a call that is handed a 32-bit absolute time", kRebuild},
      {"audit.refused", Level::kWarning, "Imports a call that cannot be given a time past 2038",
       kRebuild},
      {"audit.date-refused", Level::kWarning, "Imports a call that fails for a date past 2038",
       kRebuild},
      {"audit.converts", Level::kNote, "Imports a call that converts a time cut before", kRebuild},
      {"audit.duration", Level::kNote, "Imports a call that takes a 32-bit interval, which fits",
       ""},
      {"audit.harmless", Level::kNote, "Imports a 32-bit variant that no time passes through", ""},
      {"audit.monotonic", Level::kNote, "Asks only for clocks that do not tell the date", ""},
      {"audit.unreached", Level::kNote, "Such a call is made only by code that nothing leads to",
       ""},
      {"audit.utmp", Level::kWarning, "Uses utmp records, whose time is 32 bits wide",
       "Use wtmpdb, lastlog2 or logind in their place."},
      {"audit.raw-call", Level::kError, "Makes a 32-bit time system call by its number", ""},
      {"audit.static-libc", Level::kWarning,
       "Static and stripped: which calls of the C library in it are made is not known", ""},
      {"audit.missing-library", Level::kNote, "Needs a library that is not there", ""},
      {"audit.abi-time", Level::kWarning,
       "A function of this library takes or gives a 32-bit time_t", kRebuildTogether},
      {"audit.mixed", Level::kError,
       "Has a 64-bit time_t, and a library that it gives one to or takes one from has 32 bits",
       kRebuildTogether},
      {"audit.fails-in-library", Level::kError,
       "Calls a library's function that fails with a call in it", kRebuildTogether},
      {"audit.through-library", Level::kWarning, "Reaches a call that fails through a library",
       kRebuildTogether},
      {"audit.linked", Level::kNote,
       "Is linked to a library with such a call, but is not seen to reach it", ""},
      {"audit.interpreter", Level::kWarning, "A script whose interpreter has such a call",
       "Mend the interpreter: the script needs no change."},
      {"audit.failed-in-run", Level::kError, "A call failed in a run past 2038", kRebuildTogether},
      {"audit.ends-otherwise", Level::kError, "A run past 2038 ends in another way", ""},
      {"audit.unreadable", Level::kWarning, "Cannot be judged", ""},
  };
  return kinds;
}

const FindingKind* find_kind(std::string_view id) {
  const auto& kinds = finding_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const FindingKind& kind) { return kind.id == id; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace ttrace
