// What the option tables of all subcommands share: how an option is declared to CLI11, and the
// meaning of those that each of them has.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzers/finding.h"
#include "tracer/base/result.h"
#include "tracer/cli/output.h"
#include "tracer/cli/suggest.h"

namespace ttrace {

/// `take` is given the value when the option is parsed, so that -f and -o arrive in the order in
/// which they stand.
template <typename Take>
void add_value(CLI::App& app, const std::string& names, Take take) {
  app.add_option(names, CLI::callback_t([take](const CLI::results_t& results) {
                   take(results.back());
                   return true;
                 }))
      ->trigger_on_parse();
}

inline void add_text(CLI::App& app, const std::string& names, std::optional<std::string>& into) {
  add_value(app, names, [&into](const std::string& value) { into = value; });
}

/// One of a fixed set of words, each with its meaning. UserError for another one.
template <typename T>
using Words = std::vector<std::pair<std::string, T>>;

template <typename T>
T one_of(const char* option, const std::string& value, const Words<T>& words) {
  std::vector<std::string> names;
  for (const auto& [name, meaning] : words) {
    if (name == value) return meaning;
    names.push_back(name);
  }
  throw UserError(fmt::format("{} cannot be '{}'", option, value),
                  fmt::format("it is one of {}", join_words(names)));
}

/// The options of every report, as they were given.
struct GivenLook {
  std::optional<std::string> fail_on, color;
  bool quiet = false, verbose = false;
};
void declare(CLI::App& app, GivenLook& given);
/// UserError for words that mean nothing, and for -q with -v. `color_terminal`: the default report
/// goes to a terminal that wants colour.
Look look_of(const GivenLook& given, bool color_terminal);
std::optional<Level> fail_on_of(const GivenLook& given);

}  // namespace ttrace
