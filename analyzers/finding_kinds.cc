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
      {"process.hung", Level::kError, "A thread was still blocked when --timeout ended the target",
       ""},
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
