#include "tracer/cli/declare.h"

namespace ttrace {

void declare(CLI::App& app, GivenLook& given) {
  add_text(app, "--fail-on", given.fail_on);
  add_text(app, "--color", given.color);
  app.add_flag("-q,--quiet", given.quiet);
  app.add_flag("-v,--verbose", given.verbose);
}

Look look_of(const GivenLook& given, bool color_terminal) {
  if (given.quiet && given.verbose) {
    throw UserError("-q and -v contradict each other", "drop one of them");
  }
  enum class Color { kAuto, kAlways, kNever };
  const auto color =
      one_of<Color>("--color", given.color.value_or("auto"),
                    {{"auto", Color::kAuto}, {"always", Color::kAlways}, {"never", Color::kNever}});
  const bool always = color == Color::kAlways;
  return {always || (color == Color::kAuto && color_terminal), always,
          given.quiet     ? -1
          : given.verbose ? 1
                          : 0};
}

std::optional<Level> fail_on_of(const GivenLook& given) {
  if (!given.fail_on) return std::nullopt;
  return one_of<Level>(
      "--fail-on", *given.fail_on,
      {{"error", Level::kError}, {"warning", Level::kWarning}, {"note", Level::kNote}});
}

}  // namespace ttrace
