// What a program is told about the actions of signals that dump core: prints it.
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int signals[] = {SIGSEGV, SIGABRT, SIGQUIT, SIGTRAP, SIGUSR1};
static sigjmp_buf back;
static volatile int depth;

static void plain(int sig) {
  printf("plain %s, frames %d\n", sigabbrev_np(sig), depth = backtrace((void* [64]){0}, 64));
}
static void full(int sig, siginfo_t* info, void* context) {
  printf("full %s code %d from %s, context %d\n", sigabbrev_np(sig), info->si_code,
         info->si_pid == getpid() ? "itself" : "another", context != NULL);
}
static void jump(int sig) { siglongjmp(back, sig); }

static const char* name(const struct sigaction* action) {
  if (action->sa_handler == SIG_DFL) return "SIG_DFL";
  if (action->sa_handler == SIG_IGN) return "SIG_IGN";
  if (action->sa_handler == plain) return "plain";
  if (action->sa_sigaction == full) return "full";
  if (action->sa_handler == jump) return "jump";
  return "something else";
}

static void show(const char* when, int sig) {
  struct sigaction now;
  memset(&now, 0x55, sizeof now);
  const int result = sigaction(sig, NULL, &now);
  printf("%s: %s %d: %s flags %#x blocks USR2 %d itself %d\n", when, sigabbrev_np(sig), result,
         name(&now), now.sa_flags, sigismember(&now.sa_mask, SIGUSR2),
         sigismember(&now.sa_mask, sig));
}

static void each(int sig) {
  struct sigaction action = {0}, old;
  show("at first", sig);
  action.sa_sigaction = full;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(sig, &action, &old);
  printf("former: %s flags %#x\n", name(&old), old.sa_flags);
  show("full", sig);
  raise(sig);
  kill(getpid(), sig);
  action.sa_handler = plain;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  sigaction(sig, &action, &action);  // the same memory
  printf("former: %s flags %#x\n", name(&action), action.sa_flags);
  show("plain, once", sig);
  raise(sig);
  show("after once", sig);
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigaction(sig, &action, NULL);
  show("default with flags", sig);
  printf("signal: former %s\n", signal(sig, plain) == SIG_DFL ? "SIG_DFL" : "something else");
  show("signal", sig);
  siginterrupt(sig, 1);
  show("siginterrupt", sig);
  signal(sig, plain);
  show("signal after siginterrupt", sig);
  siginterrupt(sig, 0);
  raise(sig);
  printf("signal: former %s\n", signal(sig, SIG_IGN) == plain ? "plain" : "something else");
  raise(sig);
  show("ignored", sig);
  sysv_signal(sig, plain);
  show("sysv_signal", sig);
  raise(sig);
  show("after sysv_signal", sig);
  errno = 0;
  printf("nonsense: %d %d\n", sigaction(sig + 1000, &action, NULL), errno);
  printf("SIG_ERR: %d\n", signal(sig, SIG_ERR) == SIG_ERR);
  signal(sig, jump);
  if (sigsetjmp(back, 1) == 0) {
    raise(sig);
    puts("not here");
  }
  for (int i = 0; i < 3; ++i) {
    const pid_t child = i == 0 ? fork() : i == 1 ? vfork() : fork();
    if (child == 0) {
      // What vfork()'s child does must not touch the parent's.
      signal(sig, SIG_DFL);
      if (i == 2) signal(sig, plain), raise(sig), fflush(stdout), signal(sig, SIG_DFL);
      kill(getpid(), sig);
      _exit(9);
    }
    int status;
    waitpid(child, &status, 0);
    printf("child: signal %d exit %d\n", WTERMSIG(status),
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  show("after children", sig);
  signal(sig, SIG_DFL);
}

int main(int argc, char** argv) {
  void* warm[4];
  backtrace(warm, 4);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc > 1) signal(SIGQUIT, SIG_IGN), execl(argv[0], argv[0], NULL);
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; ++i) each(signals[i]);
  return 0;
}
