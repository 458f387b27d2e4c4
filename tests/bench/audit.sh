#!/bin/bash
# The static pass in numbers: against `nm -D` for each ELF file in a shell loop on as many cores, its
# growth with the number of files, and the memory that 100,000 files take.
#
# usage: tests/bench/audit.sh ROOT
set -eu -o pipefail
root=${1:?usage: tests/bench/audit.sh ROOT}
ttrace=${TTRACE:-$(dirname "$0")/../../build/ttrace}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

seconds() { # COMMAND...: the least of three runs
	local best='' start spent
	for _ in 1 2 3; do
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1 || true
		spent=$((($(date +%s%N) - start) / 1000))
		[ -n "$best" ] && [ $spent -ge "$best" ] || best=$spent
	done
	echo $best
}

"$ttrace" audit -q -f json "$root" | jq -r '.files[] | select(.bits) | .path' | sed "s,^,$root," >"$tmp/elf"
split -n "l/$(nproc)" "$tmp/elf" "$tmp/part."
nm_loop() {
	local part
	for part in "$tmp"/part.*; do
		while read -r file; do nm -D "$file" | grep -cE ' U (time|gettimeofday|stat64)'; done <"$part" &
	done
	wait
}
theirs=$(seconds nm_loop)
ours=$(seconds "$ttrace" audit -q "$root")
echo "$(wc -l <"$tmp/elf") ELF files: nm -D in a loop $((theirs / 1000)) ms, audit $((ours / 1000)) ms: $((theirs / ours)) times as fast"

# The smallest program of the root, copied once for each thousand and linked for the rest.
small=$(xargs -a "$tmp/elf" -d '\n' stat -c '%s %n' | sort -n | sed -n '1s/^[0-9]* //p')
for count in 12500 25000 50000 100000; do
	python3 - "$small" "$tmp/tree" "$count" <<-'END'
		import os, shutil, sys
		source, tree, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
		for i in range(count):
		    directory = f"{tree}/{i // 1000}"
		    if i % 1000 == 0:
		        os.makedirs(directory)
		        shutil.copy(source, f"{directory}/{i}")
		    else:
		        os.link(f"{directory}/{i - i % 1000}", f"{directory}/{i}")
	END
	/usr/bin/time -f "$count files: %e s, %M KiB at most" "$ttrace" audit -q -f json -o "$tmp/report.json" "$tmp/tree"
	rm -rf "$tmp/tree"
done
