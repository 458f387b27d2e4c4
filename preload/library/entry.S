# What the library cannot say in C++: system calls with all their arguments, the registers of a
# caller for its stack to be unwound (offsets are those of StackCopy in channel.h), and what the
# kernel calls in the place of a signal's handler (signals.h).
#
# ttrace_on_signal works on a stack of its own, for that of the handler may have little room. While
# another thread is on it, it takes the handler's, and does little. The handler is jumped to with
# the stack and the registers as they were; without one, it returns to where the signal came.
	.text
	# Pushes and pops a register that functions keep, and says so.
	.macro keep register size
	push %\register
	.cfi_adjust_cfa_offset \size
	.cfi_rel_offset \register, 0
	.endm
	.macro restore register size
	pop %\register
	.cfi_adjust_cfa_offset -\size
	.cfi_restore \register
	.endm

	.set ip, 8
	.set registers, 16
	.set stack_pointer, 152

	.globl ttrace_system_call, ttrace_capture, ttrace_on_signal
	.hidden ttrace_system_call, ttrace_capture, ttrace_on_signal
	.type ttrace_system_call, @function
	.type ttrace_capture, @function
	.type ttrace_on_signal, @function

	.set own_stack_size, 16384
	.bss
	.balign 16
own_stack:
	.skip own_stack_size
own_stack_end:
on_own_stack:
	.long 0
	.text

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

ttrace_on_signal:
	.cfi_startproc
	push %rdi
	.cfi_adjust_cfa_offset 8
	push %rsi
	.cfi_adjust_cfa_offset 8
	push %rdx
	.cfi_adjust_cfa_offset 8
	keep rbx 8
	keep rbp 8
	mov %rsp, %rbp
	.cfi_def_cfa_register rbp
	mov $1, %ebx
	xchg %ebx, on_own_stack(%rip)
	xor $1, %ebx
	lea own_stack_end(%rip), %rax
	test %ebx, %ebx
	cmovnz %rax, %rsp
	and $-16, %rsp
	mov %ebx, %ecx
	lea 40(%rbp), %r8
	call ttrace_deliver
	test %ebx, %ebx
	jz 1f
	movl $0, on_own_stack(%rip)
1:	mov %rbp, %rsp
	.cfi_def_cfa_register rsp
	restore rbp 8
	restore rbx 8
	pop %rdx
	.cfi_adjust_cfa_offset -8
	pop %rsi
	.cfi_adjust_cfa_offset -8
	pop %rdi
	.cfi_adjust_cfa_offset -8
	test %rax, %rax
	jz 2f
	mov %rax, %r11
	xor %eax, %eax
	jmp *%r11
2:	ret
	.cfi_endproc
	.size ttrace_on_signal, . - ttrace_on_signal
#else
ttrace_system_call:
	.cfi_startproc
	keep ebp 4
	keep edi 4
	keep esi 4
	keep ebx 4
	mov 20(%esp), %eax
	mov 24(%esp), %ebx
	mov 28(%esp), %ecx
	mov 32(%esp), %edx
	mov 36(%esp), %esi
	mov 40(%esp), %edi
	mov 44(%esp), %ebp
	int $0x80
	restore ebx 4
	restore esi 4
	restore edi 4
	restore ebp 4
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

ttrace_on_signal:
	.cfi_startproc
	keep ebp 4
	mov %esp, %ebp
	.cfi_def_cfa_register ebp
	push %eax
	push %ebx
	.cfi_offset ebx, -16
	push %ecx
	push %edx
	call 1f
1:	pop %eax
	mov $1, %ebx
	xchg %ebx, on_own_stack - 1b(%eax)
	xor $1, %ebx
	jz 2f
	lea own_stack_end - 1b(%eax), %esp
2:	and $-16, %esp
	sub $12, %esp
	lea 4(%ebp), %eax
	push %eax
	push %ebx
	push 16(%ebp)
	push 12(%ebp)
	push 8(%ebp)
	call ttrace_deliver
	test %ebx, %ebx
	jz 4f
	call 3f
3:	pop %edx
	movl $0, on_own_stack - 3b(%edx)
4:	lea -16(%ebp), %esp
	pop %edx
	pop %ecx
	pop %ebx
	.cfi_restore ebx
	test %eax, %eax
	jz 5f
	# The handler takes the place of the saved frame pointer, for the last instruction to jump to.
	xchg %eax, (%ebp)
	mov %eax, %ebp
	.cfi_def_cfa esp, 12
	.cfi_restore ebp
	pop %eax
	.cfi_adjust_cfa_offset -4
	ret
5:	.cfi_def_cfa ebp, 8
	.cfi_offset ebp, -8
	leave
	.cfi_def_cfa esp, 4
	.cfi_restore ebp
	ret
	.cfi_endproc
	.size ttrace_on_signal, . - ttrace_on_signal
#endif
	.section .note.GNU-stack, "", @progbits
