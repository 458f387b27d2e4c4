# What the library cannot say in C++: system calls with all their arguments, and the registers of a
# caller for its stack to be unwound. Offsets are those of StackCopy in channel.h.
	.text
	.set ip, 8
	.set registers, 16
	.set stack_pointer, 152

	.globl ttrace_system_call, ttrace_capture
	.hidden ttrace_system_call, ttrace_capture
	.type ttrace_system_call, @function
	.type ttrace_capture, @function

#ifdef __x86_64__
ttrace_system_call:
	.cfi_startproc
	mov %rdi, %rax
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %r10
	mov %r9, %r8
	mov 8(%rsp), %r9
	syscall
	ret
	.cfi_endproc
	.size ttrace_system_call, . - ttrace_system_call

ttrace_capture:
	.cfi_startproc
	mov (%rsp), %rax
	mov %rax, ip(%rdi)
	lea 8(%rsp), %rax
	mov %rax, stack_pointer(%rdi)
	mov %rax, registers + 7 * 8(%rdi)
	mov %rbx, registers + 3 * 8(%rdi)
	mov %rbp, registers + 6 * 8(%rdi)
	mov %r12, registers + 12 * 8(%rdi)
	mov %r13, registers + 13 * 8(%rdi)
	mov %r14, registers + 14 * 8(%rdi)
	mov %r15, registers + 15 * 8(%rdi)
	ret
	.cfi_endproc
	.size ttrace_capture, . - ttrace_capture
#else
ttrace_system_call:
	.cfi_startproc
	push %ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
	push %edi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset edi, 0
	push %esi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset esi, 0
	push %ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebx, 0
	mov 20(%esp), %eax
	mov 24(%esp), %ebx
	mov 28(%esp), %ecx
	mov 32(%esp), %edx
	mov 36(%esp), %esi
	mov 40(%esp), %edi
	mov 44(%esp), %ebp
	int $0x80
	pop %ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore ebx
	pop %esi
	.cfi_adjust_cfa_offset -4
	.cfi_restore esi
	pop %edi
	.cfi_adjust_cfa_offset -4
	.cfi_restore edi
	pop %ebp
	.cfi_adjust_cfa_offset -4
	.cfi_restore ebp
	ret
	.cfi_endproc
	.size ttrace_system_call, . - ttrace_system_call

ttrace_capture:
	.cfi_startproc
	mov 4(%esp), %ecx
	mov (%esp), %eax
	mov %eax, ip(%ecx)
	lea 4(%esp), %eax
	mov %eax, stack_pointer(%ecx)
	mov %eax, registers + 4 * 8(%ecx)
	mov %ebx, registers + 3 * 8(%ecx)
	mov %ebp, registers + 5 * 8(%ecx)
	mov %esi, registers + 6 * 8(%ecx)
	mov %edi, registers + 7 * 8(%ecx)
	ret
	.cfi_endproc
	.size ttrace_capture, . - ttrace_capture
#endif
	.section .note.GNU-stack, "", @progbits
