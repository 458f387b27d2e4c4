// A report as one HTML file that needs nothing else: page, style and script are the files of
// html/, and what they show is JSON within. What a target wrote is made printable here, and the
// page shows it as text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/report/json_parts.h"

namespace ttrace {

extern const char* const kHtmlTemplate;
extern const char* const kHtmlStyle;
extern const char* const kHtmlScript;

/// A line of the page's table, and what it opens to.
struct HtmlRow {
  std::string id;
  Level level = Level::kNote;
  std::string message;
  std::string who;     // the program
  std::string file;    // what is to be mended
  std::string symbol;  // in it; empty: none is known
  std::string group;   // the package; empty: none
  std::uint64_t count = 1;
  double at_s = -1;  // since the run began; < 0: no run
  int pid = 0;
  std::string hint;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::pair<std::string, const Stack*>> stacks;
  std::vector<StoryStep> story;
};

/// 0 for an error, 2 for a note: the most serious first.
int html_level(Level level);

class HtmlPage {
 public:
  /// Every string once: a row is mostly numbers of them, so that 50,000 rows stay a small file.
  std::size_t number(const std::string& text);
  void add(const HtmlRow& row);

  /// The file. `head` is what the page says about the whole (title, verdict, facts, labels …: see
  /// html/main.js), and the data of further views.
  std::string take(const Json& head);

 private:
  std::size_t number_kind(const std::string& id);
  Json stack_rows(const std::vector<std::pair<std::string, const Stack*>>& stacks);
  std::size_t number_stack(const Stack& stack);
  std::size_t number_frame(const Frame& frame);

  std::unordered_map<std::string, std::size_t> string_numbers_;  // by what the target wrote
  std::map<std::vector<std::size_t>, std::size_t> frame_numbers_, stack_numbers_;
  std::unordered_map<std::string, std::size_t> kind_numbers_;
  Json strings_ = Json::array(), frames_ = Json::array(), stacks_ = Json::array(),
       kinds_ = Json::array(), rows_ = Json::array();
};

}  // namespace ttrace
