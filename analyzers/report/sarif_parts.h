// The parts of a SARIF 2.1.0 log that runs and audits have in common. Section numbers are those of
// the OASIS standard.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "analyzers/finding.h"
#include "analyzers/report/json_parts.h"

namespace ttrace::sarif {

/// { "text": … } with what a target may have written made printable, and without links (3.11.6).
Json message(std::string_view text);

/// Where a file of the target is (3.4): a path without its first slash, percent-encoded, relative
/// to the base kTargetRoot, since viewers accept paths inside of what they show alone. A path that
/// is relative already, as debug information has them, is one to source code: base kSourceRoot.
Json artifact_location(std::string_view path);

/// The location (3.28) of a file as a whole. Viewers of code want a line: it is the first.
Json file_location(std::string_view path);

/// The location of a frame: its source where that is known, else its module.
Json frame_location(const Frame& frame);
Json stack(std::string_view title, const Stack& frames);

/// "error", "warning", "note" (3.27.10): ours are the same.
std::string_view level(Level level);

/// What the paths in the log are relative to (3.14.14); `root`: of the target, empty for /.
Json uri_bases(const std::string& root);

/// What code-scanning views take of one run: no more results than this, or they refuse the file
/// (GitHub, "SARIF results exceed one or more limits").
constexpr std::size_t kMostResults = 25'000;

/// Which results a log has room for: the worst levels first, and of one level the first ones.
class Quota {
 public:
  /// One result that there is; all are to be told before the first is asked about.
  void count(Level level) { ++wanted_.at(index(level)); }
  bool has_room(Level level);
  /// Of those asked about, how many had none.
  std::size_t left_out() const { return left_out_; }

 private:
  static std::size_t index(Level level) { return static_cast<std::size_t>(level); }
  std::size_t room_for(Level level) const;

  std::array<std::size_t, 3> wanted_{}, given_{};
  std::size_t left_out_ = 0;
};

/// The notification (3.58) that results were left out.
Json left_out_note(std::size_t count);

/// By what a result is known again (3.27.17): `hash`, and the name for it that GitHub looks for.
Json fingerprints(const std::string& hash);

/// A log with one run, made result by result so that a large one needs little more memory than its
/// text.
class Log {
 public:
  /// A result (3.27) without the index of its rule, which is added.
  void add(Json result);
  /// `run`: what the run (3.14) has beside its results and its tool.
  std::string take(const std::string& version, const Json& run);

 private:
  std::size_t number_rule(const std::string& id);

  std::string text_;
  Json rules_ = Json::array();
  std::map<std::string, std::size_t> rule_numbers_;
};

}  // namespace ttrace::sarif
