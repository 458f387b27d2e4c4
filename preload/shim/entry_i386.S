# How i386 code gets into the shim and out of it. Each entry saves the caller's registers as a
# `Caller` (protocol.h), so that the tracer can unwind from the call and not from in here.

	# Places in ttrace_shim_data, and constants: protocol.h and shim_i386.cc check them.
	.set kCookie, 4
	.set kRealClockGettime64, 32
	.set kRealVsyscall, 56
	.set kSequence, 72
	.set kScaled, 76
	.set kOffset, 80
	.set kLayer, 320
	.set kMatcherCache, 29512
	.set kMatcherRoom, 192 * 16
	.set kReasonTime, 1
	.set kWallClocks, 0x921
	.set kNanoseconds, 1000000000
	.set kStatx, 383
	.set kStatxBtime, 0x800

	.text

	# struct Caller, from the return address down.
	.macro push_caller
	push %ebp
	push %edi
	push %esi
	push %ebx
	push %edx
	push %ecx
	push %eax
	.endm

	.macro save_caller
	push_caller
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

	# The way back of a function that stands in for one of the vDSO and has news for the tracer:
	# eax holds its result, all else is as it was at the entry.
	.macro report name
	save_caller
	push (%eax)			# the result, across the trap
	call ttrace_trap_\name
	pop %eax
	restore_caller_and_return
	.endm

	# A function that stands in for one of the vDSO: arguments on the stack. The registers of the
	# caller are saved only when the tracer is to be told (edx).
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
1:	report \name
	.size ttrace_\name, . - ttrace_\name
	.endm

	vdso_function clock_gettime
	vdso_function gettimeofday
	vdso_function time

	# int clock_gettime64(clockid_t id, struct timespec64 *out): all that glibc asks for time(),
	# gettimeofday() and clock_gettime(). Written by hand, because it is measured in cycles: what a
	# compiler makes of it takes twice as many of them. The straight line is CLOCK_REALTIME at rate 1.
	.globl ttrace_clock_gettime64
	.type ttrace_clock_gettime64, @function
	.balign 64
ttrace_clock_gettime64:
	mov 4(%esp), %eax		# the id: CLOCK_REALTIME is 0,
	or ttrace_shim_data + kScaled, %eax	# and so is this at rate 1
	jne .Lother_clock
.Lwall_clock:
	mov ttrace_shim_data + kRealClockGettime64, %eax
	test %eax, %eax
	je .Lin_full
	push ttrace_shim_data + kSequence	# of the lock (clocks.h), before the clock is read
	push 12(%esp)			# where to put it
	push 12(%esp)			# the id: each push moved it
	call *%eax
	add $8, %esp
	test %eax, %eax
	jne .Lfailed
	push %ebx
	mov 4(%esp), %ecx
	mov ttrace_shim_data + kOffset, %edx
	mov ttrace_shim_data + kOffset + 4, %ebx
	mov ttrace_shim_data + kOffset + 8, %eax	# nanoseconds fit 32 bits
	test $1, %cl
	jne .Lchanged
	cmp ttrace_shim_data + kSequence, %ecx
	jne .Lchanged
	mov 16(%esp), %ecx
	add 8(%ecx), %eax
	add (%ecx), %edx
	adc 4(%ecx), %ebx
	# By a branch, which is foreseen: a conditional move would wait for the nanoseconds.
	cmp $kNanoseconds, %eax
	jb .Lstore
	sub $kNanoseconds, %eax
	add $1, %edx
	adc $0, %ebx
.Lstore:
	mov %eax, 8(%ecx)		# the upper half is zero already
	mov %edx, (%ecx)
	mov %ebx, 4(%ecx)
	sar $31, %edx
	cmp %edx, %ebx
	jne .Loversize
	pop %ebx
	xor %eax, %eax
.Lfailed:
	lea 4(%esp), %esp
	ret

.Lchanged:
	pop %ebx
	add $4, %esp
	jmp .Lwall_clock

	# The seconds do not fit 32 bits. Where this return address at this depth of the stack was met
	# last, the path was that of the matcher in the cache: it looks whether it is so again, counts and
	# returns, or jumps to ttrace_unknown_path, which is also what an empty place (0) leads to.
.Loversize:
	pop %ebx
	add $4, %esp
	mov %esp, %edx
	shr $2, %edx
	xor (%esp), %edx
	movzbl %dl, %edx		# path_key() in shim_i386.cc
	movzwl ttrace_shim_data + kMatcherCache(%edx, %edx), %edx
	add $ttrace_unknown_path, %edx
	xor %eax, %eax
	jmp *%edx

	.globl ttrace_unknown_path
	.hidden ttrace_unknown_path
	.balign 16
ttrace_unknown_path:
	mov %esp, %eax
	mov $kReasonTime, %edx
	call ttrace_is_news
	test %eax, %eax
	jne .Lnews
	ret

.Lother_clock:
	cmpl $0, ttrace_shim_data + kScaled
	jne .Lin_full
	cmp $31, %eax
	ja .Las_it_is
	mov $kWallClocks, %edx
	bt %eax, %edx
	jc .Lwall_clock
.Las_it_is:
	mov ttrace_shim_data + kRealClockGettime64, %eax
	test %eax, %eax
	je .Lin_full
	jmp *%eax

.Lin_full:
	mov %esp, %eax
	call ttrace_do_clock_gettime64
	test %edx, %edx
	jne .Lnews
	ret
.Lnews:
	xor %eax, %eax
	report clock_gettime64
	.size ttrace_clock_gettime64, . - ttrace_clock_gettime64

	# Room for the matchers, each entered with the stack pointer as at the entry of the function and eax
	# zero. Behind ttrace_unknown_path, for the cache holds distances from it.
	.globl ttrace_matchers
	.hidden ttrace_matchers
	.type ttrace_matchers, @object
	.balign 64
ttrace_matchers:
	.fill kMatcherRoom, 1, 0xcc
	.size ttrace_matchers, kMatcherRoom

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
1:	jmp *ttrace_shim_data + kRealVsyscall
2:	push_caller
	cmp $kStatx, %eax
	jne 3f
	cmpl $0, ttrace_shim_data + kLayer
	je 3f
	or $kStatxBtime, %esi		# tells what is only a copy in the layer (stat_layouts.h)
3:	mov ttrace_shim_data + kCookie, %ebp	# so that the filter knows the call for ours
	call *ttrace_shim_data + kRealVsyscall
	cmp $-4096, %eax
	ja 4f
	mov %esp, %eax
	call ttrace_after_syscall
4:	restore_caller_and_return
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
	mov ttrace_shim_data + kCookie, %ebp
	call *ttrace_shim_data + kRealVsyscall
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
