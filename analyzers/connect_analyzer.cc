// Connects that block, fail or never end, and what else hung when the time of the run was up.
// Attempts at the same address by the same program with the same end are one finding.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "analyzers/analyzer.h"
#include "analyzers/builtin.h"
#include "analyzers/connect_wording.h"
#include "analyzers/event_text.h"
#include "analyzers/known_hangs.h"

namespace ttrace {
namespace {

using Fate = Connect::Fate;

// Two connects of a thread belong to one series if it had hardly time for anything else between.
constexpr std::chrono::nanoseconds kSeriesGap = std::chrono::seconds(1);

bool is_slow(const Connect& c) { return c.duration >= c.slow || c.error == ETIMEDOUT; }
bool has_failed(const Connect& c) { return c.error && *c.error != 0; }

ConnectFacts facts_of(const Connect& c) {
  ConnectFacts facts;
  facts.to = c.to;
  facts.blocking = c.blocking;
  facts.longest = facts.total = c.duration;
  facts.ended = c.fate == Fate::kEnded;
  if (has_failed(c)) facts.error = errno_text(*c.error);
  facts.settled_by = c.settled_by;
  facts.limits = c.limits;
  facts.fault = c.fault;
  return facts;
}

Finding finding_of(const char* id, const Event& event, const Connect& c) {
  Finding finding;
  finding.id = id;
  // One that was under way as ttrace attached began before the run.
  finding.first_at = std::max(c.started, std::chrono::nanoseconds{0});
  finding.process = event.process;
  finding.syscall = c.syscall;
  finding.connect = facts_of(c);
  if (c.blocking && c.fate == Fate::kEnded && c.error) {
    finding.api = ApiResult{"connect", *c.error ? -1 : 0, finding.connect->error, true};
  }
  finding.stack = c.stack;
  return finding;
}

Level level_of(const Connect& c) {
  const bool never_ended = c.fate == Fate::kStillBlocked || c.fate == Fate::kLetGo;
  return c.error == ETIMEDOUT || never_ended ? Level::kError : Level::kWarning;
}

class ConnectAnalyzer : public Analyzer {
 public:
  void on_event(const Event& event, FindingList& out) override {
    if (const auto* connect = std::get_if<Connect>(&event.what)) on_connect(event, *connect, out);
    if (const auto* blocked = std::get_if<ThreadBlocked>(&event.what))
      on_hung(event, *blocked, out);
  }

 private:
  /// Connects that a thread made one after the other, none of which succeeded.
  struct Series {
    std::set<std::string> places;
    std::chrono::nanoseconds total{0};
    std::chrono::nanoseconds end{0};
    std::set<std::size_t> findings;
  };

  void on_connect(const Event& event, const Connect& c, FindingList& out) {
    if (!c.fault.empty()) add("connect.injected", event, c, out);
    std::optional<std::size_t> finding;
    const bool slow = is_slow(c);
    const bool known_end = c.error.has_value() || c.fate != Fate::kEnded;
    if (slow || c.would_hang) {
      finding = add("connect.blocked", event, c, out);
    } else if (has_failed(c) && (!c.fault.empty() ||
                                 !is_expected_failure(event.process, c.to, errno_text(*c.error)))) {
      finding = add("connect.failed", event, c, out);
    }
    if (known_end) follow_series(event, c, finding, out);
  }

  std::size_t add(const char* id, const Event& event, const Connect& c, FindingList& out) {
    const std::string key =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}", id, event.process.exe, endpoint_text(c.to),
                    c.error.value_or(-1), static_cast<int>(c.fate), c.fault);
    const auto [known, is_new] = by_key_.try_emplace(key, 0);
    if (is_new) {
      known->second = out.add(finding_of(id, event, c));
    } else {
      Finding& first = out.at(known->second);
      ++first.count;
      ++first.connect->attempts;
      first.connect->total += c.duration;
      first.connect->longest = std::max(first.connect->longest, c.duration);
      if (first.stack.empty()) first.stack = c.stack;
    }
    Finding& finding = out.at(known->second);
    if (finding.id == "connect.blocked") finding.level = std::max(finding.level, level_of(c));
    fates_[known->second] = {c.fate, is_slow(c)};
    word(known->second, out);
    return known->second;
  }

  void word(std::size_t index, FindingList& out) {
    Finding& finding = out.at(index);
    const ConnectFacts& facts = *finding.connect;
    if (finding.id == "connect.injected") {
      finding.message = injected_message(facts);
      finding.hint = "nothing: the rule asked for it";
      return;
    }
    const auto [fate, slow] = fates_[index];
    finding.message = connect_message(facts, fate, slow);
    if (finding.id == "connect.blocked" && !slow && facts.series < 2) {
      finding.message +=
          "; but against a silent host it would block for as long as the kernel tries, some two "
          "minutes for TCP and without end for a unix socket: this socket has no time limit";
    }
    finding.hint = connect_hint(finding.process, facts);
  }

  void follow_series(const Event& event, const Connect& c, std::optional<std::size_t> finding,
                     FindingList& out) {
    const auto thread = std::pair(event.process.pid, event.process.tid);
    Series& series = series_[thread];
    const bool overlaps = c.started < series.end;
    if (c.error == 0 || overlaps || c.started - series.end > kSeriesGap) series = {};
    if (c.error == 0) {
      series_.erase(thread);
      return;
    }
    series.places.insert(endpoint_text(c.to));
    series.total += c.duration;
    series.end = c.started + c.duration;
    if (finding) series.findings.insert(*finding);
    if (series.places.size() < 2 || series.total < c.slow) return;
    tell_series(event, c, series, out);
  }

  /// Where each attempt alone was not worth a finding, the last stands for them all.
  void tell_series(const Event& event, const Connect& c, Series& series, FindingList& out) {
    bool any_blocked = false;
    for (const std::size_t i : series.findings) any_blocked |= out.at(i).id == "connect.blocked";
    if (!any_blocked) series.findings.insert(add("connect.blocked", event, c, out));
    for (const std::size_t i : series.findings) {
      if (out.at(i).id != "connect.blocked") continue;
      out.at(i).connect->series = series.places.size();
      out.at(i).connect->series_total = series.total;
      word(i, out);
    }
  }

  void on_hung(const Event& event, const ThreadBlocked& blocked, FindingList& out) {
    const bool attached = blocked.when == ThreadBlocked::When::kAttached;
    if (attached && blocked.syscall.name.empty()) return;  // it runs: nothing is wrong with that
    Finding finding;
    finding.id = attached ? "process.blocked" : "process.hung";
    finding.level = attached ? Level::kNote : Level::kError;
    finding.first_at = event.at;
    finding.process = event.process;
    finding.syscall = blocked.syscall;
    finding.stack = blocked.stack;
    finding.message = blocked_message(blocked);
    finding.hint = "the stack says who waits; what is waited for says whom to ask";
    if (attached && is_repeated(finding, out)) return;
    const std::size_t index = out.add(std::move(finding));
    if (attached) by_key_[place_of(out.at(index))] = index;
  }

  /// Where the thread stands: those of a pool stand at one place.
  static std::string place_of(const Finding& finding) {
    std::string place = fmt::format("{} {}", finding.process.pid, finding.syscall->name);
    for (const std::string& arg : finding.syscall->args) place += " " + arg;
    for (const Frame& frame : finding.stack) place += fmt::format(" {:x}", frame.ip);
    return place;
  }

  bool is_repeated(const Finding& finding, FindingList& out) {
    const auto known = by_key_.find(place_of(finding));
    if (known == by_key_.end()) return false;
    ++out.at(known->second).count;
    return true;
  }

  std::map<std::string, std::size_t> by_key_;
  std::map<std::size_t, std::pair<Fate, bool>> fates_;
  std::map<std::pair<int, int>, Series> series_;
};

}  // namespace

std::unique_ptr<Analyzer> make_connect_analyzer() { return std::make_unique<ConnectAnalyzer>(); }

}  // namespace ttrace
