#!/bin/bash
# Why the preload library copies stacks: what libunwind would cost in its place, and where it would
# hang. A figure to read. Usage: tests/bench/stacks.sh [DIRECTORY]
# DIRECTORY: where Debian's libunwind-dev, libunwind8 and liblzma5 of i386 were unpacked (dpkg-deb -x).
set -eu
source=$(dirname "$0")/stacks.c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rows() {
	local how depth
	for how in copy backtrace steps; do
		for depth in 10 30; do
			printf '%-7s %-10s depth %d: %s\n' "$1" $how $depth "$("$work/$1" $how cost $depth)"
		done
		printf '%-7s %-10s %s\n' "$1" $how \
			"while the loader's lock is held: $("$work/$1" $how lock 2>/dev/null || echo hangs)"
	done
}

gcc -O1 -g -o "$work/x86-64" "$source" -lunwind -lpthread
rows x86-64
[ $# = 1 ] || exit 0
libraries=$1/usr/lib/i386-linux-gnu
gcc -m32 -O1 -g -I"$1/usr/include/i386-linux-gnu" -o "$work/i386" "$source" "$libraries/libunwind.so.8" \
	-Wl,--disable-new-dtags,-rpath,"$libraries:$1/lib/i386-linux-gnu" -lpthread
rows i386
