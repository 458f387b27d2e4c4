#include "tracer/cli/split.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/suggest.h"

namespace ttrace {
namespace {

constexpr const char* kSeeHelp = "`ttrace --help` lists the options";

[[noreturn]] void unknown(const CLI::App& app, const std::string& shown, std::string name) {
  name.erase(0, name.find_first_not_of('-'));
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    known.insert(known.end(), option->get_lnames().begin(), option->get_lnames().end());
  }
  const auto near = name.size() > 1 ? nearest_word(name, known) : std::nullopt;
  throw UserError(fmt::format("there is no option {}", shown),
                  near ? fmt::format("did you mean --{}? {}", *near, kSeeHelp) : kSeeHelp);
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool ends_parsing(const CLI::Option& option) {
  return option.check_lname("help") || option.check_lname("version");
}

/// How many words an option took, and whether nothing after it matters.
struct Taken {
  std::size_t words = 1;
  bool end = false;
};

/// An empty core_pattern is one, too: there are no cores.
bool may_be_empty(const std::string& name) { return name == "--core-pattern"; }

/// `words[at]` names an option whose value is the next word.
Taken take_next(const std::vector<std::string>& words, std::size_t at, const std::string& name) {
  if (at + 1 >= words.size()) throw UserError(name + " needs a value", kSeeHelp);
  if (words[at + 1].empty() && !may_be_empty(name))
    throw UserError(name + " has an empty value", kSeeHelp);
  return {2, false};
}

Taken take_long(const CLI::App& app, const std::vector<std::string>& words, std::size_t at) {
  const std::string& word = words[at];
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const CLI::Option* option = name.size() > 2 ? app.get_option_no_throw(name) : nullptr;
  if (option == nullptr) unknown(app, name, name);
  if (ends_parsing(*option)) return {1, true};
  if (!takes_value(*option)) {
    if (equals != std::string::npos) throw UserError(name + " takes no value", kSeeHelp);
    return {};
  }
  if (equals == std::string::npos) return take_next(words, at, name);
  if (equals + 1 == word.size() && !may_be_empty(name))
    throw UserError(name + " has an empty value", kSeeHelp);
  return {};
}

/// One or several one-letter options, as in `-qu nobody` and `-fjson`.
Taken take_short(const CLI::App& app, const std::vector<std::string>& words, std::size_t at) {
  const std::string& word = words[at];
  for (std::size_t letter = 1; letter < word.size(); ++letter) {
    const std::string name{'-', word[letter]};
    const CLI::Option* option = app.get_option_no_throw(name);
    if (option == nullptr) unknown(app, letter == 1 ? word : name + " (in " + word + ")", word);
    if (ends_parsing(*option)) return {1, true};
    if (!takes_value(*option)) continue;
    return letter + 1 < word.size() ? Taken{} : take_next(words, at, name);
  }
  return {};
}

}  // namespace

SplitWords split_words(const CLI::App& app, const std::vector<std::string>& words) {
  SplitWords split;
  std::size_t at = 0;
  while (at < words.size()) {
    const std::string& word = words[at];
    if (word == "--") {
      split.dashes = true;
      ++at;
      break;
    }
    if (word.size() < 2 || word[0] != '-') break;
    const Taken taken = word[1] == '-' ? take_long(app, words, at) : take_short(app, words, at);
    split.options.insert(split.options.end(), words.begin() + at, words.begin() + at + taken.words);
    at += taken.words;
    if (taken.end) return split;
  }
  split.command.assign(words.begin() + at, words.end());
  return split;
}

}  // namespace ttrace
