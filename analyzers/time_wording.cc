#include "analyzers/time_wording.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/place.h"
#include "analyzers/time_text.h"

namespace ttrace {
namespace {

bool is_time(const std::string& field) { return field.size() == 5 && field.substr(1) == "time"; }

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
  });
}

std::string call_name(const OversizeValue& event) {
  if (event.api.function) return *event.api.function + "()";
  if (event.truncated) return event.syscall.name + " (the system call)";
  return "a C library call without a symbol";
}

std::string value_text(const OversizeValue& event) {
  return event.seconds ? utc_text(*event.seconds) : "the time";
}

/// What a program makes of the low 32 bits.
std::string cut_text(std::int64_t seconds) {
  return utc_text(static_cast<std::int32_t>(static_cast<std::uint32_t>(seconds)));
}

std::string joined(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "a value" : words.front();
  const std::vector<std::string> head(words.begin(), words.end() - 1);
  return fmt::format("{} and {}", fmt::join(head, ", "), words.back());
}

/// `mtime and ctime of "/tmp/f" (the first is 2038-01-19T12:00:00Z) do not fit a 32-bit time_t`.
std::string file_fault(const OversizeValue& event, const std::vector<std::string>& fields) {
  const auto& args = event.syscall.args;
  const auto path = std::find_if(args.begin(), args.end(), [](const std::string& arg) {
    return !arg.empty() && arg.front() == '"';
  });
  const std::string file = path == args.end() || *path == "\"\"" ? "the file" : *path;
  const auto times = static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), is_time));
  std::string when;
  if (times > 0 && event.seconds) {
    when = fmt::format(" ({} {})", times > 1 ? "the first is" : "it is", utc_text(*event.seconds));
  }
  return fmt::format("{} of {}{} {} not fit {}", joined(fields), file, when,
                     fields.size() > 1 ? "do" : "does",
                     times == fields.size() ? "a 32-bit time_t" : "32 bits");
}

std::string fault(const OversizeValue& event, const std::vector<std::string>& fields) {
  if (event.source == OversizeValue::Source::kFile) return file_fault(event, fields);
  return value_text(event) + " does not fit a 32-bit time_t";
}

std::string failed_message(const OversizeValue& event, const Time32Row* row,
                           const std::vector<std::string>& fields) {
  const std::string call = call_name(event);
  const std::string why = fault(event, fields);
  if (row != nullptr && row->behaviour == Time32Class::kIndirect) {
    return fmt::format("{} met EOVERFLOW in the stat that it makes inside the C library: {}", call,
                       why);
  }
  if (event.api.confirmed) return fmt::format("{} failed with EOVERFLOW: {}", call, why);
  return fmt::format("{} fails with EOVERFLOW (inferred, its return was not seen): {}", call, why);
}

std::string wrapped_message(const OversizeValue& event, const std::vector<std::string>& fields) {
  std::string message = fmt::format("{} gave the program a value cut off to 32 bits: {}",
                                    call_name(event), fault(event, fields));
  if (event.seconds) message += fmt::format("; cut off it reads {}", cut_text(*event.seconds));
  return message;
}

/// The frame that called into the C library.
const Frame* caller(const OversizeValue& event) {
  return place_to_mend(event.stack, event.api_frame ? *event.api_frame + 1 : 0);
}

std::string place(const Frame& frame) {
  std::string text = frame.function ? *frame.function + "()" : "the call";
  if (frame.file) text += " at " + source_text(frame);
  return text;
}

std::string remedy(LibcKind libc, const std::string& what) {
  switch (libc) {
    case LibcKind::kMusl:
      return fmt::format("rebuild {} against musl 1.2 or later, whose headers have a 64-bit time_t",
                         what);
    case LibcKind::kGo:
      return fmt::format(
          "build {} for a 64-bit GOARCH, or with a Go release whose runtime takes "
          "the time in 64 bits on 386",
          what);
    case LibcKind::kStatic:
      return fmt::format(
          "{} carries its own C library: rebuild it against glibc 2.34 or later with "
          "-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64, or against musl 1.2 or later",
          what);
    case LibcKind::kGlibc:
    case LibcKind::kUnknown:
      break;
  }
  return fmt::format("rebuild {} with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 (glibc 2.34 or later)",
                     what);
}

}  // namespace

LibcKind libc_kind(const OversizeValue& event, const ProcessRef& process) {
  const auto in_go = [](const Frame& frame) {
    return frame.function && starts_with_any(*frame.function, {"runtime.", "time.now", "syscall."});
  };
  if (std::any_of(event.stack.begin(), event.stack.end(), in_go)) return LibcKind::kGo;
  std::string module;
  if (event.api_frame && *event.api_frame < event.stack.size()) {
    module = event.stack[*event.api_frame].module;
  }
  if (module.empty()) return LibcKind::kUnknown;
  if (is_musl(module)) return LibcKind::kMusl;
  if (is_libc(module)) return LibcKind::kGlibc;
  return module == process.exe ? LibcKind::kStatic : LibcKind::kUnknown;
}

std::string time_message(const OversizeValue& event, const Time32Row* row, Outcome outcome,
                         const std::vector<std::string>& fields) {
  return outcome == Outcome::kFailed ? failed_message(event, row, fields)
                                     : wrapped_message(event, fields);
}

std::string time_hint(const OversizeValue& event, const ProcessRef& process, Outcome outcome) {
  const LibcKind libc = libc_kind(event, process);
  const Frame* from = caller(event);
  std::string what = from != nullptr ? from->module : process.exe;
  if (what.empty()) what = process.comm.empty() ? "the program" : process.comm;
  std::string hint = remedy(libc, what);
  if (from != nullptr && (from->function || from->file)) {
    hint += fmt::format("; it is {} that calls", place(*from));
  }
  if (event.truncated && outcome == Outcome::kWrapped) {
    hint +=
        "; the 32-bit system call itself cuts the value, so a C library older than glibc 2.34 "
        "or a call made without one needs to change too";
  }
  return hint;
}

}  // namespace ttrace
