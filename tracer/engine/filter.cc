#include "tracer/engine/filter.h"

#include <fmt/format.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/unique_fd.h"

namespace ttrace {
namespace {

using Context = std::unique_ptr<void, void (*)(void*)>;

void check(int result, const char* what) {
  if (result == 0) return;
  throw UserError(fmt::format("cannot make the seccomp filter: {}: {}", what, strerror(-result)),
                  "ttrace needs libseccomp 2.5 and a kernel with CONFIG_SECCOMP_FILTER");
}

// libseccomp translates rules from the native ABI to the filter's, so each ABI gets a filter of
// its own with only its own rules.
Context make_context(Abi abi) {
  Context context(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (!context) check(-ENOMEM, "seccomp_init");
  const std::uint32_t arch = abi_info(abi).scmp_arch;
  if (arch != seccomp_arch_native()) {
    check(seccomp_arch_add(context.get(), arch), "seccomp_arch_add");
    check(seccomp_arch_remove(context.get(), SCMP_ARCH_NATIVE), "seccomp_arch_remove");
  }
  // Code of an ABI that ttrace does not know (x32) runs on unwatched rather than being killed.
  check(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW), "BADARCH");
  // A sorted tree: a call that is not subscribed to passes a handful of comparisons.
  check(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "OPTIMIZE");
  return context;
}

scmp_arg_cmp compare(const Subscription::Condition& condition) {
  using Op = Subscription::Condition::Op;
  switch (condition.op) {
    case Op::kEqual:
      return {condition.arg, SCMP_CMP_EQ, condition.value, 0};
    case Op::kNotEqual:
      return {condition.arg, SCMP_CMP_NE, condition.value, 0};
    case Op::kMaskedEqual:
      return {condition.arg, SCMP_CMP_MASKED_EQ, condition.mask, condition.value};
    case Op::kAtMost:
      return {condition.arg, SCMP_CMP_LE, condition.value, 0};
  }
  return {};
}

void add_rule(void* context, const Subscription& subscription) {
  std::vector<scmp_arg_cmp> comparisons;
  for (const auto& condition : subscription.conditions) comparisons.push_back(compare(condition));
  const int nr = native_number(subscription.abi, subscription.syscall);
  const int result =
      seccomp_rule_add_array(context, SCMP_ACT_TRACE(0), nr,
                             static_cast<unsigned>(comparisons.size()), comparisons.data());
  if (result != -EEXIST) check(result, subscription.syscall.c_str());
}

/// The program that `context` stands for. libseccomp 2.5 writes it to files only.
FilterProgram exported(void* context) {
  const UniqueFd file(memfd_create("filter", MFD_CLOEXEC));
  check(seccomp_export_bpf(context, file.get()), "seccomp_export_bpf");
  FilterProgram program(static_cast<std::size_t>(lseek(file.get(), 0, SEEK_END)) /
                        sizeof(sock_filter));
  const std::size_t size = program.size() * sizeof(sock_filter);
  const bool whole = pread(file.get(), program.data(), size, 0) == static_cast<ssize_t>(size);
  check(whole ? 0 : -EIO, "seccomp_export_bpf");
  return program;
}

FilterProgram filter_for(Abi abi, const std::vector<Subscription>& subscriptions) {
  const Context context = make_context(abi);
  for (const Subscription& subscription : subscriptions) {
    if (subscription.abi == abi && !subscription.only_if_followed) {
      add_rule(context.get(), subscription);
    }
  }
  return exported(context.get());
}

}  // namespace

FilterProgram make_filter(const std::vector<Subscription>& subscriptions) {
  // Of a foreign ABI it lets all calls through.
  if (traced_abis().size() == 1) return filter_for(traced_abis()[0], subscriptions);
  // Each is whole in itself and jumps only forwards, so that one can stand behind the other.
  // seccomp_merge() does the same, but translates both as one, in a time that grows by the square.
  const FilterProgram native = filter_for(Abi::kX86_64, subscriptions);
  const FilterProgram other = filter_for(Abi::kI386, subscriptions);
  FilterProgram program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, abi_info(Abi::kI386).audit_arch, 0, 1),
      BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(native.size())),
  };
  program.insert(program.end(), native.begin(), native.end());
  program.insert(program.end(), other.begin(), other.end());
  check(program.size() <= BPF_MAXINSNS ? 0 : -E2BIG, "the whole of it");
  return program;
}

int load_filter(const FilterProgram& program, bool no_new_privs) {
  if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -errno;
  const sock_fprog whole{static_cast<unsigned short>(program.size()),
                         const_cast<sock_filter*>(program.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) ? -errno : 0;
}

}  // namespace ttrace
