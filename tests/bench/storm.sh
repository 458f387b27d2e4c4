#!/bin/bash
# What 10,048 connects of 64 threads take without ttrace, under it, and under strace told to watch
# connects alone; five runs of each, the middle one counts.
set -eu
cd "$(dirname "$0")/../.."
ttrace=${TTRACE:-build/ttrace}
program=$(mktemp)
trap 'rm -f "$program"' EXIT
gcc -O2 -w -o "$program" tests/programs/storm.c -lpthread
storm=("$program" 127.77.77.77 1 blocks)
middle() {
	local name=$1
	shift
	for _ in 1 2 3 4 5; do
		local start=$EPOCHREALTIME
		"$@" "${storm[@]}" >/dev/null 2>&1
		awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }'
	done | sort -n | sed -n "3s/^/$name: /;3s/\$/ s/;3p"
}
middle "alone" env
middle "ttrace" "$ttrace" -o /dev/null
middle "strace" strace -f --seccomp-bpf -e trace=connect -o /dev/null
