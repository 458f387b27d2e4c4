// POSIX extended regular expressions of the C library, for text that may be hostile: unlike
// std::regex they need no stack in proportion to it.
#pragma once

#include <regex.h>

#include <functional>
#include <string>
#include <string_view>

namespace ttrace {

class Regex {
 public:
  /// Throws std::invalid_argument for what is no expression. GNU's \< \> \b are understood.
  explicit Regex(const char* pattern);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  Regex(Regex&&) = delete;
  Regex& operator=(Regex&&) = delete;

  using Replace = std::function<std::string(const std::string& part)>;
  /// `text` with each match replaced, from left to right, and what lies between them by `gap`.
  std::string replace_all(
      std::string_view text, const Replace& match,
      const Replace& gap = [](const std::string& part) { return part; }) const;

 private:
  regex_t compiled_{};
};

}  // namespace ttrace
