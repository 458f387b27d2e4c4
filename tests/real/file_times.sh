#!/bin/bash
# --file-times: a file made in the run is as old as the faked clock says, by every call of the stat
# family in both widths; an older file keeps its date; and `real` shows what is on disk.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
clock=2030-06-01
start=$(date -d "$clock 12:00Z" +%s) old=1234567890
cd "$TMP"
touch -d @$old old

# times NAME EXPECTED PROGRAM FILE: every line that stats prints of FILE is EXPECTED, or for
# "fresh", the start of the faked clock or a little later.
times() {
	local name=$1 expected=$2 program=$3 file=$4 first last wrong
	first=$expected last=$expected
	[ "$expected" != fresh ] || { first=$start last=$((start + 600)); }
	trace --clock $clock sh -c "touch fresh; $program $file" >/dev/null
	wrong=$(awk -v first="$first" -v last="$last" '$2 < first || $2 > last' out)
	[ "$(wc -l <out)" -ge 15 ] || wrong="only $(wc -l <out) lines"
	same "$name" "" "$wrong$(cat err)"
	rm -f fresh
}

for flags in "" -static -m32 "-m32 -static" "-m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64"; do
	# shellcheck disable=SC2086  # flags are words
	if program=$(compile $flags stats); then
		times "a fresh file by every call, gcc $flags" fresh "$program" fresh
		times "an old file by every call, gcc $flags" $old "$program" old
		# More than once in one process: call sites that the shim has learned.
		touch here
		real=$(stat -c %Y here)
		status=$(trace --clock $clock --file-times real "$program" here)
		same "--file-times real, gcc $flags" "0 $real" "$status $(cut -d' ' -f2 out | sort -u)"
	else
		skip "stat family, gcc $flags" "it cannot be built here: $(head -1 "$TMP/.cc")"
	fi
done

# sees NAME COMMAND: prints the seconds of ./fresh, made in the same run.
sees() {
	rm -f fresh
	trace --clock $clock sh -c "touch fresh; $2" >/dev/null
	is_time "$1 sees the faked time of a fresh file" "$start" "$(tail -1 out)"
}
sees ls 'ls -l --time-style=+%s fresh | cut -d" " -f6'
sees stat 'stat -c %Y fresh'
sees "stat of the change time" 'stat -c %Z fresh'
sees "stat of the birth time" 'stat -c %W fresh'
sees find 'find fresh -printf "%T@\n"'
sees python3 'python3 -c "import os; print(os.stat(\"fresh\").st_mtime)"'
sees "python3 scandir" 'python3 -c "
import os
print([e.stat().st_mtime for e in os.scandir(\".\") if e.name == \"fresh\"][0])"'
sees "perl" 'perl -e "print((stat \"fresh\")[9])"'
rm -f fresh

trace --clock $clock sh -c 'touch a; find . -newer old -name a; find . -newermt 2030-05-31 -name a
	find . -mmin -60 -name a; [ a -nt old ] && echo newer' >/dev/null
same "find -newer, -newermt, -mmin and test -nt agree" "./a ./a ./a newer" \
	"$(tr '\n' ' ' <out | sed 's/ $//')"
# shellcheck disable=SC2016
trace --clock $clock sh -c 'for i in $(seq 300); do stat -c %Y old a; done | sort | uniq -c | wc -l' >/dev/null
same "an old file and a fresh one stay apart over many calls" 2 "$(cat out)"
same "on disk the file is of today" "$(date +%Y)" "$(date -r a +%Y)"

if [ "$(id -u)" != 0 ] || [ ! -x "$ROOT/usr/bin/busybox" ]; then
	skip "in the i386 root" "not root, or no root file system at $ROOT"
	exit
fi
trace_in_root $clock sh -c 'touch /run/fresh; busybox stat -c %Y /run/fresh; stat -c %Y /run/fresh
	busybox ls -l --full-time /run/fresh >&2; perl -e "print((stat q(/run/fresh))[9], qq(\n))"' >/dev/null
same "in the i386 root: all agree" 1 "$(sort -u out | wc -l)"
is_time "in the i386 root: the faked time of a fresh file" "$start" "$(head -1 out)"
contains "in the i386 root: busybox ls" ' 2030-06-01 12:' err
