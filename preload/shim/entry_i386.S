# How i386 code gets into the shim and out of it. Each entry saves the caller's registers as a
# `Caller` (protocol.h), so that the tracer can unwind from the call and not from in here.

	.text

	# struct Caller, from the return address down.
	.macro save_caller
	push %ebp
	push %edi
	push %esi
	push %ebx
	push %edx
	push %ecx
	push %eax
	mov %esp, %eax
	.endm

	.macro restore_caller_and_return
	add $4, %esp			# eax holds the result
	pop %ecx
	pop %edx
	pop %ebx
	pop %esi
	pop %edi
	pop %ebp
	ret
	.endm

	# A function that stands in for one of the vDSO's: arguments on the stack. The caller's registers
	# are saved only when the tracer is to be told (edx).
	.macro vdso_function name
	.globl ttrace_\name
	.type ttrace_\name, @function
	.balign 16
ttrace_\name:
	mov %esp, %eax
	call ttrace_do_\name
	test %edx, %edx
	jnz 1f
	ret
1:	save_caller
	push (%eax)			# the result, across the trap
	call ttrace_trap_\name
	pop %eax
	restore_caller_and_return
	.size ttrace_\name, . - ttrace_\name
	.endm

	vdso_function clock_gettime
	vdso_function clock_gettime64
	vdso_function gettimeofday
	vdso_function time

	# What AT_SYSINFO points at: number in eax, arguments in ebx, ecx, edx, esi, edi, ebp. A call
	# that is not ours goes on by a jump: one that blocks, is cancelled or unwound must not have a
	# frame of the shim on the stack.
	.globl ttrace_vsyscall
	.type ttrace_vsyscall, @function
	.balign 16
ttrace_vsyscall:
	cmp $(handled_calls_end - handled_calls) * 8, %eax
	jae 1f
	bt %eax, handled_calls
	jc 2f
1:	jmp *ttrace_shim_data + 56	# Data::real_vsyscall (protocol.h checks the offsets)
2:	save_caller
	call ttrace_on_syscall
	restore_caller_and_return
	.size ttrace_vsyscall, . - ttrace_vsyscall

	# int ttrace_call_real(const Caller *registers): the real system call with these registers, and
	# with the cookie as its last argument so that the filter knows it for the shim's own.
	.globl ttrace_call_real
	.hidden ttrace_call_real
	.type ttrace_call_real, @function
	.balign 16
ttrace_call_real:
	push %ebp
	push %edi
	push %esi
	push %ebx
	mov 4(%eax), %ecx
	mov 8(%eax), %edx
	mov 12(%eax), %ebx
	mov 16(%eax), %esi
	mov 20(%eax), %edi
	mov 0(%eax), %eax
	mov ttrace_shim_data + 4, %ebp	# Data::cookie
	call *ttrace_shim_data + 56
	pop %ebx
	pop %esi
	pop %edi
	pop %ebp
	ret
	.size ttrace_call_real, . - ttrace_call_real

	# void ttrace_trap(const Report *report, u32 cookie)
	.globl ttrace_trap
	.hidden ttrace_trap
	.type ttrace_trap, @function
	.balign 16
ttrace_trap:
	push %ebx
	mov %edx, %ebx			# arg 0: the cookie
	mov %eax, %ecx			# arg 1: the report
	mov $0x74747263, %edx		# arg 2: kTrapMagic
	mov $137, %eax			# afs_syscall
	int $0x80
	pop %ebx
	ret
	.size ttrace_trap, . - ttrace_trap

	# One bit a system call that ttrace_on_syscall takes.
	.section .rodata
	.balign 4
	.macro bits word:vararg
	.set mask, 0
	.irp nr, \word
	.set mask, mask | (1 << (\nr & 31))
	.endr
	.long mask
	.endm
handled_calls:
	bits 13, 18, 28			# time, oldstat, oldfstat
	.long 0
	bits 78, 84			# gettimeofday, oldlstat
	bits 106, 107, 108		# stat, lstat, fstat
	.long 0, 0
	bits 195, 196, 197		# stat64, lstat64, fstat64
	.long 0
	bits 265			# clock_gettime
	bits 300			# fstatat64
	.long 0
	bits 383			# statx
	bits 403			# clock_gettime64
handled_calls_end:
	.section .note.GNU-stack, "", @progbits
