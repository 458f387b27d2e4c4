/* Preloaded into ttrace: kills the target at the KILL_AT-th dealing that ttrace has with it, just
   before ttrace learns of a stop, or asks or changes something. So a target dies once at every
   place where it can. Writes "killed" to the file KILL_DONE when it has. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static long left;
static char done[4096];

static long number_of(const char *name)
{
	const char *text = getenv(name);
	return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
	left = number_of("KILL_AT");
	const char *file = getenv("KILL_DONE");
	for (size_t i = 0; file && file[i] && i + 1 < sizeof done; i++) done[i] = file[i];
	/* The target must not inherit it. */
	unsetenv("LD_PRELOAD");
	unsetenv("KILL_AT");
	unsetenv("KILL_DONE");
}

static void meet(pid_t tid)
{
	if (left == 0 || --left > 0) return;
	syscall(SYS_tkill, tid, SIGKILL);
	int fd = open(done, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0) close(fd);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	pid_t (*real)(pid_t, int *, int) = (pid_t(*)(pid_t, int *, int))dlsym(RTLD_NEXT, "waitpid");
	pid_t tid = real(pid, status, options);
	if (tid > 0 && status && WIFSTOPPED(*status)) meet(tid);
	return tid;
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	va_start(args, request);
	pid_t pid = va_arg(args, pid_t);
	void *address = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);
	if (request != PTRACE_SEIZE) meet(pid);
	long (*real)(int, pid_t, void *, void *) =
		(long (*)(int, pid_t, void *, void *))dlsym(RTLD_NEXT, "ptrace");
	return real((int)request, pid, address, data);
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long local_count,
			 const struct iovec *remote, unsigned long remote_count, unsigned long flags)
{
	meet(pid);
	return syscall(SYS_process_vm_readv, pid, local, local_count, remote, remote_count, flags);
}

ssize_t process_vm_writev(pid_t pid, const struct iovec *local, unsigned long local_count,
			  const struct iovec *remote, unsigned long remote_count, unsigned long flags)
{
	meet(pid);
	return syscall(SYS_process_vm_writev, pid, local, local_count, remote, remote_count, flags);
}
