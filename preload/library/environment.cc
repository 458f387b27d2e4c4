#include "preload/library/environment.h"

#include "preload/library/loader.h"

namespace ttrace::preload {
namespace {

constexpr char kPreload[] = "LD_PRELOAD=";
constexpr const char* kChannels[] = {"TTRACE_CHANNEL", "TTRACE_OUTPUT"};
// AddressSanitizer's runtime ends a program in which a library comes ahead of it, unless told.
constexpr char kSanitizer[] = "ASAN_OPTIONS=";
constexpr char kLinkOrder[] = "verify_asan_link_order=0";
constexpr char kName[] = "libttrace-preload.so";
constexpr u32 kMostEntries = 32768;  // what more there is must do without

char own_entry[kNameSize * 2];       // of LD_PRELOAD; empty: the library was loaded otherwise
char channel_entry[kNameSize + 16];  // the whole "NAME=VALUE"

u32 length(const char* text) {
  u32 size = 0;
  while (text[size]) ++size;
  return size;
}

/// What follows `prefix` in `text`; null: it begins otherwise.
const char* after(const char* text, const char* prefix) {
  for (; *prefix; ++prefix, ++text) {
    if (*prefix != *text) return nullptr;
  }
  return text;
}

bool has_text(const char* text, const char* part) {
  for (; *text; ++text) {
    if (after(text, part)) return true;
  }
  return false;
}

bool ends_item(char c) { return c == '\0' || c == ':' || c == ' '; }

/// Whether the list of names `list` has `item` in it.
bool has_item(const char* list, const char* item) {
  while (*list) {
    const char* const rest = after(list, item);
    if (rest && ends_item(*rest)) return true;
    while (!ends_item(*list)) ++list;
    if (*list) ++list;
  }
  return false;
}

bool names_library(const char* item, u32 size) {
  constexpr u32 kSize = sizeof kName - 1;
  return size >= kSize && after(item + size - kSize, kName) != nullptr;
}

void find_own_entry(const char* list) {
  while (list && *list) {
    u32 size = 0;
    while (!ends_item(list[size])) ++size;
    if (names_library(list, size) && size < sizeof own_entry) {
      __builtin_memcpy(own_entry, list, size);
      return;
    }
    list += size + (list[size] ? 1 : 0);
  }
}

/// Whether `entry` sets the variable that channel_entry sets.
bool sets_channel(const char* entry) {
  for (const char* own = channel_entry; *own == *entry; ++own, ++entry) {
    if (*own == '=') return true;
  }
  return false;
}

}  // namespace

void remember_environment() {
  find_own_entry(initial_variable("LD_PRELOAD"));
  for (const char* const name : kChannels) {
    const char* const channel = initial_variable(name);
    if (!channel || length(channel) >= kNameSize) continue;
    const u32 size = length(name);
    __builtin_memcpy(channel_entry, name, size);
    channel_entry[size] = '=';
    __builtin_memcpy(channel_entry + size + 1, channel, length(channel) + 1);
    return;
  }
}

Completion completion_of(char* const* environment) {
  if (!own_entry[0] || !channel_entry[0]) return {};
  bool has_library = false, has_channel = false, has_order = false;
  const char* others = nullptr;
  const char* options = nullptr;
  u32 count = 0;
  for (; environment && environment[count]; ++count) {
    if (const char* const list = after(environment[count], kPreload)) {
      has_library = has_item(list, own_entry);
      others = *list ? list : nullptr;
    }
    if (const char* const list = after(environment[count], kSanitizer)) {
      has_order = has_text(list, kLinkOrder);
      options = *list ? list : nullptr;
    }
    has_channel |= same_text(environment[count], channel_entry);
  }
  if ((has_library && has_channel && has_order) || count > kMostEntries) return {};
  if (has_library) others = nullptr;
  const u32 text = sizeof kPreload + length(own_entry) + (others ? 1 + length(others) : 0) +
                   sizeof kSanitizer + sizeof kLinkOrder + (options ? 1 + length(options) : 0);
  return {count + 4, text, has_library, others, options};
}

char* const* complete(char* const* environment, const Completion& completion, char** entries,
                      char* text) {
  char* end = text;
  const auto append = [&end](const char* part) {
    while (*part) *end++ = *part++;
  };
  char** next = entries;
  const auto add_list = [&](const char* name, const char* own, const char* others) {
    *next++ = end;
    append(name);
    append(own);
    if (others) append(":");
    if (others) append(others);
    *end++ = '\0';
  };
  if (!completion.has_library) add_list(kPreload, own_entry, completion.others);
  add_list(kSanitizer, kLinkOrder, completion.options);
  *next++ = channel_entry;
  for (; environment && *environment; ++environment) {
    const bool is_replaced = (!completion.has_library && after(*environment, kPreload)) ||
                             after(*environment, kSanitizer) || sets_channel(*environment);
    if (!is_replaced) *next++ = *environment;
  }
  *next = nullptr;
  return entries;
}

}  // namespace ttrace::preload
