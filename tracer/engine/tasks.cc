// The part of Tracer about processes and threads that come and go.
#include <fmt/format.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

#include "tracer/base/status_field.h"
#include "tracer/engine/tracer.h"

namespace ttrace {
namespace {

// Without CONFIG_KCMP only vfork is known to share.
bool share_memory(Pid a, Pid b, int event) {
  const long order = syscall(SYS_kcmp, raw(a), raw(b), KCMP_VM, 0, 0);
  return order < 0 ? event == PTRACE_EVENT_VFORK : order == 0;
}

}  // namespace

bool is_thread_of(Pid process, Pid tid) {
  return access(fmt::format("/proc/{}/task/{}", raw(process), raw(tid)).c_str(), F_OK) == 0;
}

std::shared_ptr<Process> Tracer::add_process(Pid pid, Pid parent) {
  auto process = std::make_shared<Process>();
  process->pid = pid;
  process->parent = parent;
  process->space = std::make_shared<AddressSpace>();
  processes_[pid] = process;
  ++processes_seen_;
  return process;
}

void Tracer::on_new_task(Tracee& parent, int event) {
  const auto message = event_message(parent.tid);
  if (!message) return let_go(parent);
  const Pid tid{static_cast<pid_t>(*message)};
  const auto process = parent.process;
  Tracee& child = tracees_[tid];
  if (child.process) return let_go(parent);  // adopted as an orphan
  child.tid = tid;
  if (event == PTRACE_EVENT_CLONE && is_thread_of(process->pid, tid)) {
    child.process = process;
    ++process->threads;
    observer_.on_concurrency(*process);
  } else {
    const bool shares = share_memory(process->pid, tid, event);
    child.process = add_process(tid, process->pid);
    child.process->abi = process->abi;
    child.process->time_served = process->time_served;
    child.process->threads = 1;
    child.process->followed = process->followed;
    child.process->space =
        shares ? process->space : std::make_shared<AddressSpace>(*process->space);
    if (shares && event != PTRACE_EVENT_VFORK) {
      process->space->shared_by_others = true;
      observer_.on_concurrency(*process);
    }
    child.followed = parent.followed;
    observer_.on_new_process(parent, *child.process, shares);
  }
  const auto early = early_.find(tid);
  if (early != early_.end()) {
    const int status = early->second;
    early_.erase(early);
    on_stop(child, status);
  }
  let_go(parent);
}

// A thread that was killed between making a child and telling of it never tells: the child, known
// by its first stop only, would wait for ever. What it has of a shim is not known here then. A
// thread of a known process waits for nobody: a process is not gone before its last thread is.
void Tracer::adopt_orphans(Pid lost) {
  for (auto it = early_.begin(); it != early_.end();) {
    const auto [tid, status] = *it;
    const auto process = processes_.find(Pid{status_field(tid, "Tgid")});
    const Pid parent{status_field(tid, "PPid")};
    if (process == processes_.end() && parent != lost && processes_.contains(parent)) {
      ++it;  // its maker lives and will tell
      continue;
    }
    it = early_.erase(it);
    Tracee& orphan = tracees_[tid];
    orphan.tid = tid;
    orphan.process = process == processes_.end() ? add_process(tid, parent) : process->second;
    if (++orphan.process->threads > 1) observer_.on_concurrency(*orphan.process);
    on_stop(orphan, status);
  }
}

// The thread that called execve is now the only one, under the process's id, whatever its own was
// (ptrace(2), "execve(2) under ptrace").
void Tracer::on_exec(Tracee& tracee) {
  const auto former = event_message(tracee.tid);
  const auto process = tracee.process;
  if (former && Pid{static_cast<pid_t>(*former)} != tracee.tid) {
    tracees_.erase(Pid{static_cast<pid_t>(*former)});
  }
  std::erase_if(tracees_, [&](const auto& entry) {
    return entry.second.process == process && entry.first != tracee.tid;
  });
  process->threads = 1;
  process->comm.clear();
  process->exe.clear();
  process->space = std::make_shared<AddressSpace>();
  tracee.in_syscall.reset();
  tracee.probes = {};
  tracee.awaited.clear();
  tracee.ending = false;
  tracee.followed = false;
  tracee.in_call = false;
  tracee.at_exec = true;
  // Where each call stops, the exit from this one is awaited: attach works on threads in such
  // stops.
  if (watch_ == Watch::kFilter) observer_.after_exec(tracee);
  let_go(tracee);
  adopt_orphans(process->pid);
}

void Tracer::on_gone(Pid tid, int status) {
  early_.erase(tid);
  const auto found = tracees_.find(tid);
  if (found == tracees_.end()) return;
  const auto process = found->second.process;
  if (!found->second.ending && process->threads > 0) --process->threads;
  tracees_.erase(found);
  if (tid == process->pid) processes_.erase(tid);
  adopt_orphans(process->pid);
  if (tid != process->pid) return;
  if (tid == main_) {
    main_gone_ = true;
    main_status_ = status;
    if (main_has_gone_) main_has_gone_();
  }
  observer_.on_process_gone(*process, status);
}

// Threads that end together stop here in any order, and are gone in another.
void Tracer::on_ending(Tracee& tracee) {
  Process& process = *tracee.process;
  tracee.ending = true;
  if (process.threads > 0) --process.threads;
  observer_.on_thread_exit(tracee, process.threads == 0);
  let_go(tracee);
}

}  // namespace ttrace
