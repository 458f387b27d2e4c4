#include "tracer/engine/filter.h"

#include <fmt/format.h>
#include <seccomp.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ttrace {
namespace {

using Context = std::unique_ptr<void, void (*)(void*)>;

void check(int result, const char* what) {
  if (result == 0) return;
  throw UserError(fmt::format("cannot make the seccomp filter: {}: {}", what, strerror(-result)),
                  "ttrace needs libseccomp 2.5 and a kernel with CONFIG_SECCOMP_FILTER");
}

// libseccomp translates rules from the native ABI to the filter's, so each ABI gets a filter of
// its own with only its own rules, and they are merged at the end.
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
  check(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_NNP, 0), "NNP");
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
  }
  return {};
}

void add_rule(void* context, const Subscription& subscription) {
  std::vector<scmp_arg_cmp> comparisons;
  for (const auto& condition : subscription.conditions) comparisons.push_back(compare(condition));
  const int nr = seccomp_syscall_resolve_name(subscription.syscall.c_str());
  const int result =
      seccomp_rule_add_array(context, SCMP_ACT_TRACE(0), nr,
                             static_cast<unsigned>(comparisons.size()), comparisons.data());
  if (result != -EEXIST) check(result, subscription.syscall.c_str());
}

}  // namespace

std::optional<SyscallNr> syscall_number(Abi abi, const std::string& name) {
  const int nr = seccomp_syscall_resolve_name_arch(abi_info(abi).scmp_arch, name.c_str());
  if (nr < 0) return std::nullopt;
  return SyscallNr{nr};
}

std::string syscall_name(Abi abi, SyscallNr nr) {
  char* const name = seccomp_syscall_resolve_num_arch(abi_info(abi).scmp_arch, raw(nr));
  if (!name) return fmt::format("syscall_{}", raw(nr));
  std::string text = name;
  std::free(name);
  return text;
}

SeccompFilter::SeccompFilter(const std::vector<Subscription>& subscriptions) {
  Context native = make_context(Abi::kX86_64);
  Context other = make_context(Abi::kI386);
  for (const Subscription& subscription : subscriptions) {
    if (subscription.only_if_followed) continue;
    add_rule(subscription.abi == Abi::kX86_64 ? native.get() : other.get(), subscription);
  }
  check(seccomp_merge(native.get(), other.get()), "seccomp_merge");
  (void)other.release();  // merged: it belongs to `native` now
  context_ = native.release();
}

SeccompFilter::~SeccompFilter() { seccomp_release(context_); }

int SeccompFilter::load(bool no_new_privs) const {
  if (const int result = seccomp_attr_set(context_, SCMP_FLTATR_CTL_NNP, no_new_privs)) {
    return result;
  }
  errno = 0;
  const int result = seccomp_load(context_);
  // libseccomp's word for an error of the kernel's, which errno still tells.
  return result == -ECANCELED && errno != 0 ? -errno : result;
}

}  // namespace ttrace
