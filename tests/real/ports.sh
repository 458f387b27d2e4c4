#!/bin/bash
# What of ttrace compiles for another CPU: the analyzers and the descriptions of ABIs, with Debian's
# cross compiler for arm64. Only compiled: nothing is run, and the tracer itself is x86's. The cross
# compiler cannot be installed beside gcc-multilib, so where it is not it gets a root of its own.
. "$(dirname "$0")/../lib.sh"
cross=aarch64-linux-gnu-g++
if ! command -v $cross >/dev/null; then
	need_root
	need_command mmdebstrap
	root=$BUILD/rootfs-cross
	"$SOURCE/tests/rootfs.sh" "$root" bare \
		g++-aarch64-linux-gnu,libfmt-dev,nlohmann-json3-dev,libhowardhinnant-date-dev,libxxhash-dev \
		>"$TMP/rootfs.log" 2>&1 || skip_all "no root with $cross: $(tail -1 "$TMP/rootfs.log")"
	mkdir -p "$root/source" "$root/work"
	# shellcheck disable=SC2016  # it is the inner shell's
	unshare --mount -- sh -c '
		mount --bind "$1" "$2/source" && mount --bind "$3" "$2/work" &&
		exec chroot "$2" env TMPDIR=/work bash /source/tests/real/ports.sh' sh "$SOURCE" "$root" "$TMP"
	exit
fi

# Libraries that are headers alone, without this machine's own C library beside them.
mkdir "$TMP/include"
for library in fmt nlohmann date xxhash.h; do ln -s "/usr/include/$library" "$TMP/include/"; done

# compiles FILE
compiles() {
	$cross -std=c++20 -O0 -c -o "$TMP/object.o" -Wall -Wextra -Werror -I"$SOURCE" -I"$TMP/include" "$1"
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
