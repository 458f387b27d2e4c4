#include "tracer/cli/doctor_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/split.h"

namespace ttrace {
namespace {

constexpr const char* kHint = "ttrace doctor [-f text|json]; it prints to standard output";

void check_is_format(const std::string& word) {
  if (word[0] == '-' && !word.starts_with("-f") && !word.starts_with("--format")) {
    throw UserError(fmt::format("doctor does not take {}", word), kHint);
  }
}

}  // namespace

CommandLine parse_doctor(const std::vector<std::string>& words, const ParseContext&) {
  CLI::App app;
  Given given;
  declare(app, given);
  const SplitWords split = split_words(app, words);
  parse_options(app, split.options);
  if (const auto text = asked_for_text(given, doctor_help_text)) return *text;
  if (!split.command.empty()) throw UserError("doctor runs no command", kHint);
  for (const std::string& word : split.options) check_is_format(word);
  const auto outputs = given.outputs.finish();
  const std::string format = outputs.empty() ? "text" : outputs.front().format;
  if (outputs.size() > 1 || (format != "text" && format != "json")) {
    throw UserError("doctor prints text or json", kHint);
  }
  return DoctorOptions{format};
}

}  // namespace ttrace
