// Time that does not fit 32 bits. The kernel answers in full; whether the program was failed, fed a
// cut value or served well depends on the C library call it made, so the verdict is made from that
// call (libc_time32) and from what was seen at its return.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "analyzers/analyzer.h"
#include "analyzers/builtin.h"
#include "analyzers/libc_time32.h"
#include "analyzers/time_text.h"
#include "analyzers/time_wording.h"

namespace ttrace {
namespace {

constexpr std::uint64_t kBusyLoop = 100;  // waits in a row that ended at once
constexpr std::size_t kMaxSaid = 20;  // a program that complains without end is heard often enough

/// What is known about one OversizeValue before it becomes a finding.
struct Verdict {
  Outcome outcome;
  const Time32Row* row;             // null: the call has no row
  std::vector<std::string> fields;  // the parts that this call cannot carry
};

bool is_time_field(const std::string& field) {
  return field != "size" && field != "inode" && field != "blocks";
}

/// A call with 64-bit sizes has no trouble with them, and musl has no others.
std::vector<std::string> troubling_fields(const OversizeValue& event, const Time32Row* row,
                                          LibcKind libc) {
  const bool sizes = libc != LibcKind::kMusl && (row == nullptr || row->checks_size);
  std::vector<std::string> fields;
  std::copy_if(event.fields.begin(), event.fields.end(), std::back_inserter(fields),
               [&](const std::string& field) { return sizes || is_time_field(field); });
  return fields;
}

bool seen_to_fail(const ApiResult& api) { return api.confirmed && api.error == "EOVERFLOW"; }

/// The return was seen and it was another than `row`'s way to say EOVERFLOW.
bool seen_otherwise(const ApiResult& api, const Time32Row& row) {
  if (!api.confirmed) return false;
  if (api.error && *api.error != "EOVERFLOW") return true;
  if (!api.result) return false;
  // A 32-bit -1 may arrive without its sign.
  const bool minus_one = *api.result == -1 || *api.result == 0xffff'ffff;
  return row.behaviour == Time32Class::kFailsZero ? *api.result != 0 : !minus_one;
}

std::optional<Outcome> outcome_of(const OversizeValue& event, const Time32Row* row, LibcKind libc) {
  if (seen_to_fail(event.api)) return Outcome::kFailed;
  if (event.truncated) return Outcome::kWrapped;
  if (row == nullptr) return std::nullopt;  // a 64-bit caller, or a call that nobody vouches for
  switch (row->behaviour) {
    case Time32Class::kWraps:
      return Outcome::kWrapped;
    case Time32Class::kIndirect:
      return Outcome::kFailed;
    case Time32Class::kFailsMinusOne:
    case Time32Class::kFailsZero:
      break;
    case Time32Class::kWrapsArgument:
    case Time32Class::kRefused:
    case Time32Class::kRefusesDate:
    case Time32Class::kConverts:
    case Time32Class::kDuration:
    case Time32Class::kNoTime:
      return std::nullopt;  // no time comes out of these
  }
  if (row->is_file_call && libc == LibcKind::kMusl) return Outcome::kWrapped;
  if (seen_otherwise(event.api, *row)) return std::nullopt;
  return Outcome::kFailed;
}

std::optional<Verdict> judge(const OversizeValue& event, const ProcessRef& process) {
  const Time32Row* row = event.api.function ? find_time32(*event.api.function) : nullptr;
  const LibcKind libc = libc_kind(event, process);
  const auto outcome = outcome_of(event, row, libc);
  if (!outcome) return std::nullopt;
  auto fields = troubling_fields(event, row, libc);
  if (fields.empty()) {
    if (!event.fields.empty() && !seen_to_fail(event.api)) return std::nullopt;
    fields = event.fields;
  }
  return Verdict{*outcome, row, std::move(fields)};
}

std::string finding_id(OversizeValue::Source source, Outcome outcome) {
  return fmt::format("{}.{}", source == OversizeValue::Source::kFile ? "file" : "time",
                     outcome == Outcome::kFailed ? "eoverflow" : "wrapped");
}

/// Findings with the same key are the same defect, met by another process or at another stack
/// pointer. Addresses are left out of it: each process has its own.
std::string merge_key(const Finding& finding) {
  std::string key = fmt::format("{}\n{}\n{}", finding.id, finding.process.exe,
                                finding.api && finding.api->function ? *finding.api->function : "");
  for (const Frame& frame : finding.stack) {
    const auto offset = frame.function ? frame.function_offset : frame.offset;
    key += fmt::format("\n{}\t{}\t{:x}", frame.module, frame.function.value_or(""),
                       offset                 ? *offset
                       : frame.module.empty() ? frame.ip
                                              : 0);
  }
  return key;
}

class TimeAnalyzer : public Analyzer {
 public:
  void on_event(const Event& event, FindingList& out) override {
    if (const auto* value = std::get_if<OversizeValue>(&event.what)) on_value(event, *value, out);
    if (const auto* again = std::get_if<PathRepeated>(&event.what)) on_repeated(*again, out);
    if (const auto* message = std::get_if<TargetMessage>(&event.what)) on_message(*message, out);
    if (const auto* set = std::get_if<ClockSet>(&event.what)) on_clock_set(event, *set, out);
    if (const auto* cut = std::get_if<WrappedArgument>(&event.what)) on_wrapped(event, *cut, out);
    if (const auto* written = std::get_if<CutTimeWritten>(&event.what))
      on_written(event, *written, out);
    if (const auto* refused = std::get_if<CallRefused>(&event.what))
      on_refused(event, *refused, out);
  }

  void on_end(FindingList& out) override {
    for (const std::size_t index : waits_) {
      Finding& finding = out.at(index);
      if (finding.count < kBusyLoop) continue;
      finding.message += fmt::format("; it came back {} times: a busy loop", finding.count);
    }
  }

 private:
  /// What each kind of event tells alike; the message and the hint are to be added.
  template <typename What>
  static Finding begin(std::string id, Level level, const Event& event, const What& what) {
    Finding finding;
    finding.id = std::move(id);
    finding.level = level;
    finding.first_at = event.at;
    finding.process = event.process;
    finding.syscall = what.syscall;
    finding.stack = what.stack;
    return finding;
  }

  void on_value(const Event& event, const OversizeValue& value, FindingList& out) {
    const auto verdict = judge(value, event.process);
    if (!verdict) return;
    Finding finding =
        begin(finding_id(value.source, verdict->outcome), Level::kError, event, value);
    finding.message = time_message(value, verdict->row, verdict->outcome, verdict->fields);
    finding.api = value.api;
    if (value.seconds) finding.value = utc_text(*value.seconds);
    finding.hint = time_hint(value, event.process, verdict->outcome);
    const std::size_t index = merge(std::move(finding), out);
    by_path_[value.path_id] = index;
    out.at(index).count += std::exchange(ahead_[value.path_id], 0);
  }

  void on_repeated(const PathRepeated& again, FindingList& out) {
    const auto found = by_path_.find(again.path_id);
    (found == by_path_.end() ? ahead_[again.path_id] : out.at(found->second).count) += again.times;
  }

  void on_message(const TargetMessage& message, FindingList& out) {
    const auto found = by_path_.find(message.path_id);
    if (found == by_path_.end()) return;
    std::string text = message.text;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    auto& said = out.at(found->second).said;
    const bool known = std::find(said.begin(), said.end(), text) != said.end();
    if (!text.empty() && !known && said.size() < kMaxSaid) said.push_back(std::move(text));
  }

  void on_clock_set(const Event& event, const ClockSet& set, FindingList& out) {
    Finding finding = begin("time.set-refused", Level::kNote, event, set);
    finding.message =
        fmt::format("the program set the clock to {}: its faked clock moved, the machine's did not",
                    utc_text(set.seconds));
    finding.value = utc_text(set.seconds);
    finding.hint = "nothing, if it is meant to; from here on the target sees the time that it set";
    merge(std::move(finding), out);
  }

  void on_wrapped(const Event& event, const WrappedArgument& cut, FindingList& out) {
    Finding finding = begin("time.wrapped-argument", Level::kError, event, cut);
    finding.message =
        fmt::format("{}() {} {}, a time past 2038 that was cut to 32 bits{}", cut.syscall.name,
                    cut.is_stamp ? "stamped a file with" : "was told to wait until",
                    utc_text(cut.seconds), cut.is_stamp ? "" : ": the wait ends at once");
    finding.value = utc_text(cut.seconds);
    finding.hint =
        "rebuild the program with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64, and look for "
        "a time kept in an int or a long on the way to this call";
    const std::size_t index = merge(std::move(finding), out);
    by_path_[cut.path_id] = index;
    if (!cut.is_stamp) waits_.insert(index);
  }

  void on_written(const Event& event, const CutTimeWritten& written, FindingList& out) {
    Finding finding = begin("time.wrapped", Level::kError, event, written);
    finding.message = fmt::format("the program wrote \"{}\", which is {} cut to 32 bits",
                                  written.text, utc_text(written.seconds));
    finding.value = utc_text(written.seconds);
    finding.hint =
        "look for a time kept in an int, or a 32-bit field of a file or a protocol, on the way to "
        "this message: what the C library handed out was whole, or another finding tells of it";
    by_path_[written.path_id] = merge(std::move(finding), out);
  }

  // A program that falls back, as libc does from the 64-bit calls, goes on well: that is a note.
  // Whoever makes a 32-bit call has nothing left to fall back to.
  void on_refused(const Event& event, const CallRefused& refused, FindingList& out) {
    const Level level = refused.is_time32 ? Level::kWarning : Level::kNote;
    Finding finding = begin("time.call-refused", level, event, refused);
    finding.message = fmt::format("{}() failed with {}, as on {}", refused.syscall.name,
                                  refused.error, refusing_kernel(refused));
    finding.hint = refused.is_time32
                       ? "use the 64-bit call, or the C library's function for it"
                       : "see whether the program went on: it must fall back to the 32-bit call";
    by_path_[refused.path_id] = merge(std::move(finding), out);
  }

  static const char* refusing_kernel(const CallRefused& refused) {
    if (refused.is_time32) return "a kernel without 32-bit time calls";
    return refused.error == "EPERM" ? "a container whose filter does not know 64-bit time calls"
                                    : "a kernel from before Linux 5.1";
  }

  /// The index of the finding that now stands for `finding`.
  std::size_t merge(Finding finding, FindingList& out) {
    const auto [known, is_new] = by_key_.try_emplace(merge_key(finding), 0);
    if (is_new) {
      known->second = out.add(std::move(finding));
      return known->second;
    }
    Finding& first = out.at(known->second);
    ++first.count;
    if (first.api && finding.api && !first.api->confirmed && finding.api->confirmed) {
      first.api = std::move(finding.api);
      first.message = std::move(finding.message);
      first.value = std::move(finding.value);
      first.syscall = std::move(finding.syscall);
    }
    return known->second;
  }

  std::map<std::uint64_t, std::size_t> by_path_;
  // Repetitions told before their path: another thread took it while the first one's return was
  // still awaited.
  std::map<std::uint64_t, std::uint64_t> ahead_;
  std::map<std::string, std::size_t> by_key_;
  std::set<std::size_t> waits_;  // findings about the end of a wait
};

}  // namespace

std::unique_ptr<Analyzer> make_time_analyzer() { return std::make_unique<TimeAnalyzer>(); }

}  // namespace ttrace
