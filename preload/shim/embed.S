# What runs in the target, as bytes of the tracer: the shim images and the preload libraries.
	.section .rodata
	.macro image name, file
	.globl \name, \name\()_end
	.balign 16
\name:	.incbin "\file"
\name\()_end:
	.endm
	image ttrace_shim_image_x86_64, "shim-x86_64.so"
	image ttrace_shim_image_i386, "shim-i386.so"
	image ttrace_preload_library_x86_64, "x86_64/libttrace-preload.so"
	image ttrace_preload_library_i386, "i386/libttrace-preload.so"
	.section .note.GNU-stack, "", @progbits
