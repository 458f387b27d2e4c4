# What runs in the target, as bytes of the tracer: the shim image and the preload library of each ABI.
#include "traced_abis.h"
	.section .rodata
	.macro image name, file
	.globl \name, \name\()_end
	.balign 16
\name:	.incbin "\file"
\name\()_end:
	.endm
	.macro images_of abi
	image ttrace_shim_image_\abi, "shim-\abi\().so"
	image ttrace_preload_library_\abi, "\abi\()/libttrace-preload.so"
	.endm
#define IMAGES_OF(abi, name) images_of abi;
	TTRACE_EACH_ABI(IMAGES_OF)
	.section .note.GNU-stack, "", @progbits
