// The JSON that the reports of commands which run a command many times share.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tracer/explore/trial.h"

namespace ttrace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

inline Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

inline double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

inline Json end_json(const RunEnd& end) {
  return {{"duration_s", seconds(end.duration)},
          {"exit", {{"code", or_null(end.code)}, {"signal", or_null(end.signal)}}},
          {"timed_out", end.timed_out}};
}

/// As it is written to a file: the target's bytes may be anything, and nothing in it may harm a
/// terminal.
inline std::string document(const Json& report) {
  return report.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace ttrace
