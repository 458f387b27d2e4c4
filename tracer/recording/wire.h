// From values to bytes and back, by the descriptions of analyzers/event_fields.h. Small and plain:
// a whole number is a varint (LEB128, signed ones in zigzag), a text or a list is its length and
// what is in it, a struct is the number of its fields and these. What a struct of an older
// recording lacks keeps its default; one with more fields than are known is refused.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "analyzers/event_fields.h"

namespace ttrace::wire {

struct Ignore {
  void operator()(auto&...) const {}
};
template <typename T>
concept Described = requires(T& x) {
  fields(Ignore{}, x);
};

class Writer {
 public:
  std::string take() { return std::move(bytes_); }

  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void put(const T& x) {
    if constexpr (std::is_same_v<T, double>) {
      varint(std::bit_cast<std::uint64_t>(x));
    } else if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(x));
    } else {
      const auto wide = static_cast<std::int64_t>(x);
      const bool zigzag = std::is_signed_v<T>;
      varint(zigzag ? static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63)
                    : static_cast<std::uint64_t>(wide));
    }
  }
  template <typename R, typename P>
  void put(const std::chrono::duration<R, P>& x) {
    put(static_cast<std::int64_t>(x.count()));
  }
  void put(const std::string& x) {
    varint(x.size());
    bytes_ += x;
  }
  template <typename T>
  void put(const std::optional<T>& x) {
    put(x.has_value());
    if (x) put(*x);
  }
  template <typename T>
  void put(const std::vector<T>& x) {
    list(x);
  }
  template <typename K, typename V>
  void put(const std::map<K, V>& x) {
    list(x);
  }
  template <typename A, typename B>
  void put(const std::pair<A, B>& x) {
    put(x.first);
    put(x.second);
  }
  template <typename... Ts>
  void put(const std::variant<Ts...>& x) {
    varint(x.index());
    std::visit([this](const auto& value) { this->put(value); }, x);
  }
  template <Described T>
  void put(const T& x) {
    fields(
        [this](const auto&... members) {
          varint(sizeof...(members));
          (put(members), ...);
        },
        x);
  }

 private:
  template <typename List>
  void list(const List& x) {
    varint(x.size());
    for (const auto& element : x) put(element);
  }
  void varint(std::uint64_t x) {
    for (; x >= 0x80; x >>= 7) bytes_ += static_cast<char>(x | 0x80);
    bytes_ += static_cast<char>(x);
  }

  std::string bytes_;
};

/// Reads hostile bytes: nothing is taken that is not there, and a list has no more elements than
/// there are bytes left. After the first thing that cannot be, ok() is false and values are empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  /// All was well, and nothing is left.
  bool complete() const { return ok_ && bytes_.empty(); }

  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void get(T& x) {
    if constexpr (std::is_same_v<T, double>) {
      x = std::bit_cast<double>(varint());
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> value{};
      get_number(value, std::numeric_limits<std::underlying_type_t<T>>::min(),
                 static_cast<std::underlying_type_t<T>>(kLast<T>));
      if (value >= 0) x = static_cast<T>(value);
      ok_ = ok_ && value >= 0;
    } else {
      get_number(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    }
  }
  template <typename R, typename P>
  void get(std::chrono::duration<R, P>& x) {
    std::int64_t count = 0;
    get(count);
    // Analyzers add some up: beyond a year nothing is believed.
    const auto limit =
        std::chrono::duration_cast<std::chrono::duration<R, P>>(std::chrono::years(1)).count();
    ok_ = ok_ && -limit <= count && count <= limit;
    if (ok_) x = std::chrono::duration<R, P>(count);
  }
  void get(std::string& x) {
    const std::size_t size = length();
    x = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  template <typename T>
  void get(std::optional<T>& x) {
    bool present = false;
    get(present);
    if (!present) return;
    x = T{};
    get(*x);
  }
  template <typename T>
  void get(std::vector<T>& x) {
    for (std::size_t left = length(); ok_ && left > 0; --left) get(x.emplace_back());
  }
  template <typename K, typename V>
  void get(std::map<K, V>& x) {
    for (std::size_t left = length(); ok_ && left > 0; --left) {
      std::pair<K, V> entry;
      get(entry);
      x.insert(std::move(entry));
    }
  }
  template <typename A, typename B>
  void get(std::pair<A, B>& x) {
    get(x.first);
    get(x.second);
  }
  template <typename... Ts>
  void get(std::variant<Ts...>& x) {
    const std::uint64_t index = varint();
    std::uint64_t i = 0;
    const bool known = ((i++ == index && (get(x.template emplace<Ts>()), true)) || ...);
    ok_ = ok_ && known;
  }
  template <Described T>
  void get(T& x) {
    std::uint64_t left = varint();
    fields([&](auto&... members) { ((left > 0 && ok_ ? (--left, get(members)) : void()), ...); },
           x);
    ok_ = ok_ && left == 0;
  }

 private:
  template <typename T>
  void get_number(T& x, T min, T max) {
    const std::uint64_t bits = varint();
    const bool zigzag = std::is_signed_v<T>;
    const auto wide = static_cast<std::int64_t>(zigzag ? bits >> 1 ^ (~(bits & 1) + 1) : bits);
    ok_ = ok_ &&
          (zigzag ? std::in_range<std::int64_t>(wide) && wide >= static_cast<std::int64_t>(min) &&
                        wide <= static_cast<std::int64_t>(max)
                  : bits <= static_cast<std::uint64_t>(max));
    if (ok_) x = static_cast<T>(wide);
  }
  std::size_t length() {
    const std::uint64_t size = varint();
    ok_ = ok_ && size <= bytes_.size();
    return ok_ ? static_cast<std::size_t>(size) : 0;
  }
  std::uint64_t varint() {
    std::uint64_t x = 0;
    for (unsigned shift = 0; ok_ && shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      x |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0) return x;
    }
    ok_ = false;
    return 0;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace ttrace::wire
