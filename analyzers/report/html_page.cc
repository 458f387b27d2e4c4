#include "analyzers/report/html_page.h"

#include <fmt/format.h>

#include "analyzers/finding_kinds.h"
#include "analyzers/place.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

/// JSON that may stand in a script element: no `<` is left that could end it or open a comment
/// (HTML, 13.1.3.1 "Restrictions for contents of script elements").
std::string in_script(const Json& json) {
  std::string escaped;
  for (const char c : to_text(json)) {
    if (c == '<') {
      escaped += "\\u003c";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

/// The template with [[name]] replaced; what is put in is not looked at again.
std::string filled(const std::map<std::string, std::string, std::less<>>& parts) {
  std::string page;
  std::string_view rest = kHtmlTemplate;
  for (std::size_t at = 0; (at = rest.find("[[")) != std::string_view::npos;) {
    const std::size_t end = rest.find("]]", at);
    page += rest.substr(0, at);
    page += parts.find(rest.substr(at + 2, end - at - 2))->second;
    rest.remove_prefix(end + 2);
  }
  return page += rest;
}

}  // namespace

int html_level(Level level) { return static_cast<int>(Level::kError) - static_cast<int>(level); }

std::size_t HtmlPage::number(const std::string& text) {
  const auto [found, is_new] = string_numbers_.try_emplace(text, strings_.size());
  if (is_new) strings_.push_back(printable(text));
  return found->second;
}

std::size_t HtmlPage::number_kind(const std::string& id) {
  const auto [found, is_new] = kind_numbers_.try_emplace(id, kinds_.size());
  if (is_new) {
    const FindingKind* const kind = find_kind(id);
    kinds_.push_back({printable(id), kind ? std::string(kind->summary) + "." : ""});
  }
  return found->second;
}

std::size_t HtmlPage::number_frame(const Frame& frame) {
  const std::vector<std::size_t> cells = {number(function_text(frame)), number(frame.module),
                                          number(source_text(frame))};
  const auto [found, is_new] = frame_numbers_.try_emplace(cells, frames_.size());
  if (is_new) frames_.push_back(cells);
  return found->second;
}

std::size_t HtmlPage::number_stack(const Stack& stack) {
  std::vector<std::size_t> cells;
  for (const Frame& frame : stack) cells.push_back(number_frame(frame));
  const auto [found, is_new] = stack_numbers_.try_emplace(cells, stacks_.size());
  if (is_new) stacks_.push_back(cells);
  return found->second;
}

Json HtmlPage::stack_rows(const std::vector<std::pair<std::string, const Stack*>>& stacks) {
  Json json = Json::array();
  for (const auto& [title, stack] : stacks) {
    const Frame* const mend = place_to_mend(*stack);
    json.push_back(Json::array(
        {number(title), number_stack(*stack), mend == nullptr ? -1 : mend - stack->data()}));
  }
  return json;
}

void HtmlPage::add(const HtmlRow& row) {
  Json facts = Json::array();
  for (const auto& [label, text] : row.facts) {
    facts.push_back(Json::array({number(label), number(text)}));
  }
  Json story = Json::array();
  for (const StoryStep& step : row.story) {
    story.push_back(Json::array({seconds(step.at), step.pid, number(step.text)}));
  }
  // The order is that of kRow in html/data.js.
  rows_.push_back(
      Json::array({number_kind(row.id), html_level(row.level), number(row.message), number(row.who),
                   number(row.file), number(row.symbol), row.count, row.at_s, row.pid,
                   number(row.hint), facts, stack_rows(row.stacks), story, number(row.group)}));
}

std::string HtmlPage::take(const Json& head) {
  Json data = head;
  data["strings"] = std::move(strings_);
  data["kinds"] = std::move(kinds_);
  data["frames"] = std::move(frames_);
  data["stacks"] = std::move(stacks_);
  data["rows"] = std::move(rows_);
  return filled({{"style", kHtmlStyle}, {"script", kHtmlScript}, {"data", in_script(data)}});
}

}  // namespace ttrace
