#include "tracer/intercept/time_forms.h"

#include <sys/stat.h>

#include <cstring>

#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

constexpr std::size_t kLargest = 32;

struct Shape {
  std::size_t times;  // how many
  bool has_fraction;
  std::int64_t unit;  // nanoseconds per unit of the fraction
};

Shape shape_of(Form form) {
  switch (form) {
    case Form::kTimespec:
      return {1, true, 1};
    case Form::kTimeval:
      return {1, true, 1000};
    case Form::kItimerspec:
    case Form::kTimespecs2:
      return {2, true, 1};
    case Form::kItimerval:
    case Form::kTimevals2:
      return {2, true, 1000};
    case Form::kSeconds2:
      return {2, false, 1};
  }
  return {0, false, 1};
}

std::int64_t load(const std::uint8_t* at, Width width) {
  if (width == Width::kNarrow) {
    std::int32_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  std::int64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void store(std::uint8_t* at, Width width, std::int64_t value) {
  std::memcpy(at, &value, static_cast<std::size_t>(width));
}

}  // namespace

std::size_t size_of(Form form, Width width) {
  const Shape shape = shape_of(form);
  return shape.times * (shape.has_fraction ? 2 : 1) * static_cast<std::size_t>(width);
}

std::optional<TimeList> read_times(Pid pid, RemotePtr from, Form form, Width width) {
  std::array<std::uint8_t, kLargest> bytes{};
  if (!read_memory(pid, from, bytes.data(), size_of(form, width))) return std::nullopt;
  const Shape shape = shape_of(form);
  const auto field = static_cast<std::size_t>(width);
  TimeList list;
  list.count = shape.times;
  const std::uint8_t* at = bytes.data();
  for (std::size_t i = 0; i < shape.times; ++i) {
    list.times[i].s = load(at, width);
    at += field;
    if (shape.has_fraction) {
      // i386 passes 64-bit timespecs with a 32-bit tv_nsec and padding that need not be zero.
      const std::int64_t fraction =
          form == Form::kTimespec || form == Form::kItimerspec || form == Form::kTimespecs2
              ? load(at, Width::kNarrow)
              : load(at, width);
      list.times[i].ns = fraction * shape.unit;
      at += field;
    }
    const bool special = list.times[i].ns == UTIME_NOW || list.times[i].ns == UTIME_OMIT;
    const bool valid = list.times[i].ns >= 0 && list.times[i].ns < shim::kNanoseconds;
    list.is_time[i] = valid && !(form == Form::kTimespecs2 && special);
  }
  return list;
}

Status write_times(Pid pid, RemotePtr from, RemotePtr to, Form form, Width width,
                   const TimeList& list) {
  std::array<std::uint8_t, kLargest> bytes{};
  const std::size_t size = size_of(form, width);
  if (auto status = read_memory(pid, from, bytes.data(), size); !status) return status;
  const Shape shape = shape_of(form);
  const auto field = static_cast<std::size_t>(width);
  std::uint8_t* at = bytes.data();
  for (std::size_t i = 0; i < shape.times; ++i) {
    if (list.is_time[i]) {
      store(at, width, list.times[i].s);
      if (shape.has_fraction) store(at + field, width, list.times[i].ns / shape.unit);
    }
    at += field * (shape.has_fraction ? 2 : 1);
  }
  return write_memory(pid, to, bytes.data(), size);
}

}  // namespace ttrace
