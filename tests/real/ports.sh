#!/bin/bash
# What of ttrace compiles for another CPU: the analyzers and the descriptions of ABIs, with Debian's
# cross compiler for arm64. Only compiled: nothing is run, and the tracer itself is x86's.
. "$(dirname "$0")/../lib.sh"
cross=aarch64-linux-gnu-g++
need_command $cross

# Libraries that are headers alone, without this machine's own C library beside them.
mkdir "$TMP/include"
for library in fmt nlohmann date; do ln -s "/usr/include/$library" "$TMP/include/"; done

# compiles FILE
compiles() {
	$cross -std=c++20 -O0 -fsyntax-only -Wall -Wextra -Werror -I"$SOURCE" -I"$TMP/include" "$1"
}
cd "$SOURCE" || exit
for file in tracer/abi/register_layout.cc tracer/recording/record.cc analyzers/*.cc; do
	check "arm64: $file compiles" compiles "$file"
done

# The description of arm64 is that of its own kernel headers.
cat >"$TMP/arm64.cc" <<'CC'
#include <asm/ptrace.h>
#include <cstddef>
static_assert(sizeof(user_pt_regs) == 34 * 8);
static_assert(offsetof(user_pt_regs, regs) == 0);
static_assert(offsetof(user_pt_regs, sp) == 31 * 8);
static_assert(offsetof(user_pt_regs, pc) == 32 * 8);
CC
check "arm64: registers are where its kernel's headers have them" compiles "$TMP/arm64.cc"
