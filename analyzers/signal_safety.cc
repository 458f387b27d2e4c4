#include "analyzers/signal_safety.h"

#include <algorithm>
#include <array>

namespace ttrace {
namespace {

constexpr std::array<std::string_view, 66> kUnsafe = {"malloc",
                                                      "calloc",
                                                      "realloc",
                                                      "free",
                                                      "posix_memalign",
                                                      "memalign",
                                                      "int_malloc",
                                                      "int_free",
                                                      "printf",
                                                      "fprintf",
                                                      "vprintf",
                                                      "vfprintf",
                                                      "sprintf",
                                                      "snprintf",
                                                      "vsnprintf",
                                                      "vsprintf",
                                                      "asprintf",
                                                      "vasprintf",
                                                      "dprintf",
                                                      "vdprintf",
                                                      "puts",
                                                      "fputs",
                                                      "fputc",
                                                      "putchar",
                                                      "putc",
                                                      "fwrite",
                                                      "fread",
                                                      "fgets",
                                                      "fflush",
                                                      "fopen",
                                                      "fclose",
                                                      "perror",
                                                      "psignal",
                                                      "exit",
                                                      "atexit",
                                                      "syslog",
                                                      "vsyslog",
                                                      "syslog_chk",
                                                      "localtime",
                                                      "localtime_r",
                                                      "gmtime",
                                                      "ctime",
                                                      "mktime",
                                                      "strftime",
                                                      "getpwnam",
                                                      "getpwuid",
                                                      "getgrnam",
                                                      "getaddrinfo",
                                                      "gethostbyname",
                                                      "getenv",
                                                      "setenv",
                                                      "dlopen",
                                                      "dlsym",
                                                      "backtrace_symbols",
                                                      "pthread_create",
                                                      "pthread_mutex_lock",
                                                      "pthread_cond_wait",
                                                      "pthread_cond_signal",
                                                      "pthread_join",
                                                      "system",
                                                      "popen",
                                                      "pclose",
                                                      "opendir",
                                                      "readdir",
                                                      "setlocale",
                                                      "vfprintf_internal"};

}  // namespace

bool is_signal_unsafe(std::string_view name) {
  for (const std::string_view prefix : {"__GI_", "__libc_", "_IO_", "___", "__", "_"}) {
    if (name.starts_with(prefix) && name != "_exit" && name != "_Exit") {
      name.remove_prefix(prefix.size());
    }
  }
  return std::find(kUnsafe.begin(), kUnsafe.end(), name) != kUnsafe.end();
}

std::string unsafe_call(const std::vector<std::string>& functions) {
  const auto found = std::find_if(functions.rbegin(), functions.rend(),
                                  [](const std::string& name) { return is_signal_unsafe(name); });
  return found == functions.rend() ? "" : *found;
}

}  // namespace ttrace
