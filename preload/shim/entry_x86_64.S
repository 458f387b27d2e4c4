# How a stat call of x86-64 code gets into the shim: the tracer replaces the `syscall` instruction of
# a call site by a jump to a stub (tracer/shim/call_sites.cc), which calls ttrace_stat_call in place
# of it.

	.text

	# As the instruction it stands in for: number in rax, arguments in rdi, rsi, rdx, r10, r8;
	# clobbers rax, rcx and r11 only. The cookie in r9 tells the filter that the call is ours.
	.globl ttrace_stat_call
	.type ttrace_stat_call, @function
	.balign 16
ttrace_stat_call:
	push %r9
	push %rax
	mov ttrace_shim_data + 4(%rip), %r9d	# Data::cookie
	syscall
	pop %rcx
	pop %r9
	test %rax, %rax
	jnz 1f
	push %rdi
	push %rsi
	push %rdx
	push %r8
	push %r9
	push %r10
	# Where each call has its buffer: newfstatat in rdx, statx in r8, the others in rsi.
	cmp $262, %ecx
	cmove %rdx, %rsi
	cmp $332, %ecx
	cmove %r8, %rsi
	mov %ecx, %edi
	call ttrace_shift_stat
	pop %r10
	pop %r9
	pop %r8
	pop %rdx
	pop %rsi
	pop %rdi
	xor %eax, %eax
1:	ret
	.size ttrace_stat_call, . - ttrace_stat_call

	# Room for the stubs, which the tracer writes.
	.globl ttrace_stubs
	.type ttrace_stubs, @object
	.balign 64
ttrace_stubs:
	.fill 2048, 1, 0xcc
	.size ttrace_stubs, . - ttrace_stubs
	.section .note.GNU-stack, "", @progbits
