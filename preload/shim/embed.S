# The shim images as bytes of the tracer.
	.section .rodata
	.macro image name, file
	.globl \name, \name\()_end
	.balign 16
\name:	.incbin "\file"
\name\()_end:
	.endm
	image ttrace_shim_image_x86_64, "shim-x86_64.so"
	image ttrace_shim_image_i386, "shim-i386.so"
	.section .note.GNU-stack, "", @progbits
