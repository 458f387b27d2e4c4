// The subcommands: the words that mean something in the place of COMMAND.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tracer/cli/command_line.h"

namespace ttrace {

/// One subcommand: its word, and what turns the other words into what is to be done. A parser
/// throws UserError, and answers --help itself.
struct Command {
  std::string_view word;
  CommandLine (*parse)(const std::vector<std::string>& words, const ParseContext& context);
};

/// The subcommand of that name; null for an ordinary COMMAND.
const Command* find_command(std::string_view word);

CommandLine parse_run(const std::vector<std::string>& words, const ParseContext& context);
CommandLine parse_explore(const std::vector<std::string>& words, const ParseContext& context);
CommandLine parse_bisect(const std::vector<std::string>& words, const ParseContext& context);
CommandLine parse_audit(const std::vector<std::string>& words, const ParseContext& context);
CommandLine parse_attach(const std::vector<std::string>& words, const ParseContext& context);
CommandLine parse_report(const std::vector<std::string>& words, const ParseContext& context);
CommandLine parse_doctor(const std::vector<std::string>& words, const ParseContext& context);

}  // namespace ttrace
