#include "tracer/stacks/stack_walker.h"

#include "tracer/stacks/walker.h"

namespace ttrace {

class StackWalker::Impl : public stacks::Walker {};

StackWalker::StackWalker() : impl_(std::make_unique<Impl>()) {}
StackWalker::~StackWalker() = default;

RawStack StackWalker::walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth) {
  return impl_->walk(pid, tid, state, depth);
}
Stack StackWalker::symbolize(Pid pid, const RawStack& stack) {
  return impl_->symbolize(pid, stack);
}
void StackWalker::forget(Pid pid) { impl_->forget(pid); }
void StackWalker::maps_changed(Pid pid) { impl_->maps_changed(pid); }
bool StackWalker::is_libc(Pid pid, RemotePtr ip) { return impl_->is_libc(pid, ip); }

}  // namespace ttrace
