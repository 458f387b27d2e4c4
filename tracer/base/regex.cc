#include "tracer/base/regex.h"

#include <stdexcept>

namespace ttrace {

Regex::Regex(const char* pattern) {
  if (regcomp(&compiled_, pattern, REG_EXTENDED) != 0) throw std::invalid_argument(pattern);
}

Regex::~Regex() { regfree(&compiled_); }

std::string Regex::replace_all(std::string_view text, const Replace& match_text,
                               const Replace& gap) const {
  std::string result;
  const std::string subject(text);
  std::size_t at = 0;
  while (at < subject.size()) {
    regmatch_t match{static_cast<regoff_t>(at), static_cast<regoff_t>(subject.size())};
    // \< looks at the character before: so the whole string is given, with REG_STARTEND for where.
    if (regexec(&compiled_, subject.c_str(), 1, &match, REG_STARTEND) != 0) break;
    const auto begin = static_cast<std::size_t>(match.rm_so);
    const auto end = static_cast<std::size_t>(match.rm_eo);
    if (end == begin) break;  // an expression that matches nothing would never end
    if (begin > at) result += gap(subject.substr(at, begin - at));
    result += match_text(subject.substr(begin, end - begin));
    at = end;
  }
  return at < subject.size() ? result + gap(subject.substr(at)) : result;
}

}  // namespace ttrace
