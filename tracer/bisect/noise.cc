#include "tracer/bisect/noise.h"

#include <charconv>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tracer/base/regex.h"
#include "tracer/bisect/date_forms.h"

namespace ttrace {
namespace {

constexpr std::int64_t kWindow = 2 * 86400;
// Below, a number is more likely to be something else than a process id.
constexpr int kLeastPid = 300;
// What a program took; a longer span may be what went wrong.
constexpr double kLongestDuration = 3600;

struct Form {
  explicit Form(const DateForm& date_form) : form(date_form), regex(date_form.pattern) {}
  const DateForm& form;
  Regex regex;
};

const std::vector<std::unique_ptr<Form>>& compiled_forms() {
  static const auto all = [] {
    std::vector<std::unique_ptr<Form>> forms;
    for (const DateForm& form : date_forms()) forms.push_back(std::make_unique<Form>(form));
    return forms;
  }();
  return all;
}

/// A date that is left alone is not looked at again as one of a shorter form.
std::string mask_dates(const std::string& text, const RunNoise& noise, Masking masking,
                       std::size_t first_form = 0) {
  if (first_form == compiled_forms().size()) return text;
  const auto& [form, regex] = *compiled_forms()[first_form];
  const auto mask = [&, &date_form = form](const std::string& date) -> std::string {
    if (date_form.formats.empty()) return "<time>";
    if (is_near(date_form, date, noise.clock, kWindow)) return "<now>";
    return masking == Masking::kNumbers ? "<date>" : date;
  };
  return regex.replace_all(text, mask, [&](const std::string& gap) {
    return mask_dates(gap, noise, masking, first_form + 1);
  });
}

/// The present in seconds, or in thousandths, millionths or billionths of them.
bool is_present(std::int64_t number, std::int64_t clock) {
  for (std::int64_t unit = 1; unit <= 1'000'000'000; unit *= 1000) {
    if (std::llabs(number / unit - clock) <= kWindow) return true;
  }
  return false;
}

std::string mask_number(const std::string& text, const RunNoise& noise, Masking masking) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && is_present(number, noise.clock)) return "<now>";
  if (masking == Masking::kNumbers) return "<number>";
  if (error != std::errc{}) return text;
  const bool whole = stop == text.data() + text.size();
  const bool pid = whole && number >= kLeastPid && number <= INT32_MAX &&
                   noise.pids.contains(static_cast<int>(number));
  return pid ? "<pid>" : text;
}

std::string mask_durations(const std::string& text) {
  static const Regex spans(
      "\\<([0-9]+m)?[0-9]+(\\.[0-9]+)?(e-[0-9]+)? "
      "?(ns|us|ms|s|sec|secs|seconds?|milliseconds?)\\>");
  return spans.replace_all(text, [](const std::string& match) -> std::string {
    return std::strtod(match.c_str(), nullptr) < kLongestDuration ? "<duration>" : match;
  });
}

/// What mkstemp(3) and its like make up: a name with letters of both cases, or with digits.
bool looks_random(const std::string& name) {
  bool lower = false, upper = false, digit = false;
  for (const char c : name) {
    lower = lower || (c >= 'a' && c <= 'z');
    upper = upper || (c >= 'A' && c <= 'Z');
    digit = digit || (c >= '0' && c <= '9');
  }
  return (lower && upper) || (digit && (lower || upper));
}

std::string mask_names(const std::string& text) {
  static const Regex temporary("(/tmp|/dev/shm|/run)/[][A-Za-z0-9_.@%+=:,/-]+");
  static const Regex last("[A-Za-z0-9_]{6,}"), address("\\<0x[0-9a-f]{5,}\\>");
  const std::string named = temporary.replace_all(text, [](const std::string& path) {
    return last.replace_all(path, [](const std::string& name) -> std::string {
      return looks_random(name) ? "<temporary>" : name;
    });
  });
  return address.replace_all(named, [](const std::string&) { return "<address>"; });
}

/// The names of days and months, which go on with the clock as numbers do.
std::string mask_calendar(const std::string& text) {
  static const Regex words(
      "\\<((Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?|Jan(uary)?|Feb(ruary)?|Mar(ch)?|"
      "Apr(il)?|May|June?|July?|Aug(ust)?|Sep(tember)?|Oct(ober)?|Nov(ember)?|Dec(ember)?)\\>");
  return words.replace_all(text, [](const std::string&) { return "<date>"; });
}

}  // namespace

std::string without_noise(std::string_view line, const RunNoise& noise, Masking masking) {
  static const Regex number("-?[0-9]+([.][0-9]+)?");
  std::string result = mask_durations(mask_names(std::string(line)));
  if (masking == Masking::kNames) return result;
  result = mask_dates(result, noise, masking);
  if (masking == Masking::kNumbers) result = mask_calendar(result);
  return number.replace_all(
      result, [&](const std::string& match) { return mask_number(match, noise, masking); });
}

}  // namespace ttrace
