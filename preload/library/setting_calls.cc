// The calls that decide, before a crash, whether it leaves a core: limits, prctl(), credentials,
// and the stack for a handler.
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <initializer_list>

#include "preload/library/next.h"
#include "preload/library/signals.h"
#include "preload/library/steps.h"
#include "preload/library/writer.h"

namespace ttrace::preload {
namespace {

using Call = SettingRecord::Call;

bool is_watched() { return head().watch & kWatchCrash; }

/// Keeps errno. `process` 0: this one.
void tell(Call call, const char* function, u32 option, std::initializer_list<i64> values,
          i64 result, int process = 0) {
  auto* const record = reserve_as<SettingRecord>(Kind::kSetting);
  if (!record) return;
  record->call = call;
  record->process = process ? process : record->record.pid;
  record->option = option;
  record->count = 0;
  for (const i64 value : values) record->values[record->count++] = value;
  record->result = result;
  copy_text(record->function, function);
  commit(&record->record);
  if (call == Call::kLimit) {
    tell_step({StepRecord::kLimits, function, 0, 0, static_cast<int>(option), *values.begin()});
  }
}

template <typename Value>
struct Limit {
  Value soft, hard;
};

/// "No limit" is all bits, however wide.
template <typename Value>
i64 soft_of(const Limit<Value>& limit) {
  return limit.soft == static_cast<Value>(-1) ? i64{-1} : static_cast<i64>(limit.soft);
}

bool is_told(int resource) {
  return is_watched() && (resource == RLIMIT_CORE || resource == RLIMIT_STACK);
}

i64 outcome(int result) { return result == 0 ? 0 : -i64{error_number()}; }

}  // namespace

// What the C library makes of all of them is prlimit64() (glibc, setrlimit64.c).
#define TTRACE_SET_LIMIT(name, Value)                                                    \
  TTRACE_STAND_IN(int, name, (int resource, const Limit<Value>* limit)) {                \
    constinit static Next<int(int, const Limit<Value>*)> next{#name};                    \
    const int result = next.get()(resource, limit);                                      \
    if (is_told(resource) && result == 0) {                                              \
      tell(Call::kLimit, "prlimit64", static_cast<u32>(resource), {soft_of(*limit)}, 0); \
    }                                                                                    \
    return result;                                                                       \
  }
TTRACE_SET_LIMIT(setrlimit, unsigned long)
TTRACE_SET_LIMIT(setrlimit64, u64)

#define TTRACE_PROCESS_LIMIT(name, Value)                                                      \
  TTRACE_STAND_IN(int, name,                                                                   \
                  (int process, int resource, const Limit<Value>* limit, Limit<Value>* old)) { \
    constinit static Next<int(int, int, const Limit<Value>*, Limit<Value>*)> next{#name};      \
    const i64 soft = limit ? soft_of(*limit) : 0;                                              \
    const int result = next.get()(process, resource, limit, old);                              \
    if (limit && is_told(resource) && result == 0) {                                           \
      tell(Call::kLimit, "prlimit64", static_cast<u32>(resource), {soft}, 0, process);         \
    }                                                                                          \
    return result;                                                                             \
  }
TTRACE_PROCESS_LIMIT(prlimit, unsigned long)
TTRACE_PROCESS_LIMIT(prlimit64, u64)

// prctl(2) takes further arguments as its options need them; the C library passes on all, too.
TTRACE_STAND_IN(int, prctl, (int option, long a, long b, long c, long d)) {
  constinit static Next<int(int, ...)> next{"prctl"};
  const bool is_told = is_watched() && (option == PR_SET_DUMPABLE || option == PR_SET_PTRACER ||
                                        option == PR_SET_PDEATHSIG ||
                                        option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP);
  if (!is_told) return next.get()(option, a, b, c, d);
  if (option == PR_SET_SECCOMP) {
    // Ahead of it: what comes after may not be allowed to tell.
    tell(Call::kPrctl, "prctl", static_cast<u32>(option), {a}, 0);
    before_confinement();
    return next.get()(option, a, b, c, d);
  }
  const int result = next.get()(option, a, b, c, d);
  tell(Call::kPrctl, "prctl", static_cast<u32>(option), {a}, outcome(result));
  return result;
}

// The C library has no seccomp(2): libseccomp and others make it here. With a null pointer they
// only ask what the kernel knows. Compiled to a jump, so that a child on this stack does no harm to
// it.
TTRACE_STAND_IN(long, syscall, (long number, long a, long b, long c, long d, long e, long f)) {
  constinit static Next<long(long, long, long, long, long, long, long)> next{"syscall"};
  const bool sets_filter = number == SYS_seccomp && a == SECCOMP_SET_MODE_FILTER && c != 0;
  const bool is_strict = number == SYS_seccomp && a == SECCOMP_SET_MODE_STRICT;
  if ((sets_filter || is_strict) && is_watched()) {
    tell(Call::kSeccomp, "seccomp", static_cast<u32>(a), {}, 0);
    before_confinement();
  }
  return next.get()(number, a, b, c, d, e, f);
}

TTRACE_STAND_IN(int, sigaltstack, (const stack_t* stack, stack_t* former)) {
  constinit static Next<int(const stack_t*, stack_t*)> next{"sigaltstack"};
  if (!stack || !is_watched()) return next.get()(stack, former);
  const stack_t given = *stack;
  const int result = next.get()(stack, former);
  const bool is_off = given.ss_flags & SS_DISABLE;
  if (result == 0) {
    tell(Call::kAlternateStack, "sigaltstack", 0,
         {static_cast<i64>(reinterpret_cast<unsigned long>(given.ss_sp)),
          is_off ? 0 : static_cast<i64>(given.ss_size)},
         0);
  }
  return result;
}

namespace {

/// Whose change makes a process undumpable (Linux 6.1 kernel/cred.c, commit_creds()).
u64 effective_ids() {
#ifdef __i386__
  return static_cast<u64>(system_call(SYS_geteuid32)) << 32 |
         static_cast<u32>(system_call(SYS_getegid32));
#else
  return static_cast<u64>(system_call(SYS_geteuid)) << 32 |
         static_cast<u32>(system_call(SYS_getegid));
#endif
}

template <typename Set>
int change_ids(const char* call, std::initializer_list<i64> ids, const Set& set) {
  if (!is_watched()) return set();
  const u64 before = effective_ids();
  const int result = set();
  if (effective_ids() != before) tell(Call::kCredentials, call, 0, ids, outcome(result));
  return result;
}

#ifdef __i386__
#define TTRACE_ID_CALL(name) #name "32"
#else
#define TTRACE_ID_CALL(name) #name
#endif

}  // namespace

// seteuid() and setegid() are made of setresuid() and setresgid() (glibc, seteuid.c).
#define TTRACE_SET_ID(name, call, ...)                                                   \
  TTRACE_STAND_IN(int, name, (u32 a)) {                                                  \
    constinit static Next<int(u32)> next{#name};                                         \
    const i64 id = static_cast<i32>(a);                                                  \
    return change_ids(TTRACE_ID_CALL(call), __VA_ARGS__, [=] { return next.get()(a); }); \
  }
TTRACE_SET_ID(setuid, setuid, {id})
TTRACE_SET_ID(setgid, setgid, {id})
TTRACE_SET_ID(seteuid, setresuid, {-1, id, -1})
TTRACE_SET_ID(setegid, setresgid, {-1, id, -1})

#define TTRACE_SET_TWO_IDS(name)                                                        \
  TTRACE_STAND_IN(int, name, (u32 a, u32 b)) {                                          \
    constinit static Next<int(u32, u32)> next{#name};                                   \
    return change_ids(TTRACE_ID_CALL(name), {static_cast<i32>(a), static_cast<i32>(b)}, \
                      [=] { return next.get()(a, b); });                                \
  }
TTRACE_SET_TWO_IDS(setreuid)
TTRACE_SET_TWO_IDS(setregid)

#define TTRACE_SET_THREE_IDS(name)                                                     \
  TTRACE_STAND_IN(int, name, (u32 a, u32 b, u32 c)) {                                  \
    constinit static Next<int(u32, u32, u32)> next{#name};                             \
    return change_ids(TTRACE_ID_CALL(name),                                            \
                      {static_cast<i32>(a), static_cast<i32>(b), static_cast<i32>(c)}, \
                      [=] { return next.get()(a, b, c); });                            \
  }
TTRACE_SET_THREE_IDS(setresuid)
TTRACE_SET_THREE_IDS(setresgid)

}  // namespace ttrace::preload
