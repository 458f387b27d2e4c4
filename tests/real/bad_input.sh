#!/bin/bash
# What cannot be done gives a clear message, exit status 125 to 127, and leaves nothing behind: no
# file, no process, no mount. And the machine's clock is never set.
# alone: it looks for what any process leaves behind
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
MARK=ttrace-bad-input-$$

touch "$TMP/begun"

# left_behind: what a run might leave: mounts, files, and processes (which have MARK in their
# environment).
left_behind() {
	grep ttrace /proc/self/mounts || true
	ls -A . "$SOURCE"
	find /tmp /var/tmp /dev/shm /run -maxdepth 1 -name '*ttrace*' -newer "$TMP/begun" \
		! -name 'ttrace-t*.*'   # of tests
	grep -la "MARK=$MARK" /proc/[0-9]*/environ 2>/dev/null || true
}

# refused NAME STATUS PATTERN ARG...: ttrace with the ARGs ends with STATUS, its message begins with
# "ttrace: " and matches PATTERN, its stdout is empty, and nothing is left behind.
refused() {
	local name=$1 wanted=$2 pattern=$3 before
	shift 3
	before=$(left_behind)
	same "$name: exit status" "$wanted" \
		"$(status_of env "MARK=$MARK" timeout -s KILL "$DEADLINE" "$TTRACE" "$@")"
	contains "$name: message" "^ttrace: .*$pattern" "$TMP/err"
	same "$name: nothing on stdout" "" "$(cat "$TMP/out")"
	same "$name: nothing left behind" "$before" "$(left_behind)"
}
# hinted NAME PATTERN: the last message came with a hint that matches.
hinted() { contains "$1: hint" "^ttrace: hint: .*$2" "$TMP/err"; }

mkdir "$TMP/work"
cd "$TMP/work"

for when in nonsense 2038-02-30 2038-13-01 25:00 +12parsecs @ 2038-01-19T25:00:00Z; do
	refused "--clock '$when'" 125 "'[${when:0:1}]${when:1}' is" --clock "$when" true
done
for when in 9999999-01-01 @99999999999999 0001-01-01; do
	refused "--clock $when" 125 "'$when' is" --clock "$when" true
done
refused "--clock without a time" 125 "--clock|point in time" --clock "" true
refused "--rate nonsense" 125 "--rate" --rate fast true
refused "--rate below zero" 125 "--rate" --rate -1 true
refused "an unknown option" 125 "--clok" --clok 2038-01-19 true
hinted "an unknown option" "--clock"
refused "no command" 125 "(command|COMMAND)"
refused "an unknown format" 125 "format" -f pdf true
refused "an unknown analyzer" 125 "analy[sz]er" --analyze tiem true

refused "a missing command" 127 "nosuchcommand.*not found" nosuchcommand
refused "a missing path" 127 "/nosuch/command.*not found" /nosuch/command
echo text >file && chmod -x file
refused "a file that is not executable" 126 "file.*[Pp]ermission denied" ./file
refused "a directory" 126 "cannot run /tmp" /tmp
printf '#!/nosuch/interpreter\n' >script && chmod +x script
refused "a script whose interpreter is missing" 126 "script.*interpreter" ./script
printf '\177ELFgarbage' >broken && chmod +x broken
refused "a broken program" 126 "cannot run ./broken" ./broken
# An ELF header for ARM (machine 40), enough for the kernel to say no.
printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\50\0\1\0\0\0%076d' 0 >arm && chmod +x arm
refused "a program for another processor" 126 "another processor" ./arm

refused "an output in no directory" 125 "/nosuch/dir/r.json" -o /nosuch/dir/r.json true
refused "an output that is a directory" 125 "$TMP/work" -f json -o "$TMP/work" true
touch ran-not
refused "an output that cannot be written: the command is not run" 125 "r.json" \
	-o /nosuch/dir/r.json rm ran-not
check "an output that cannot be written: it was not run" [ -e ran-not ]
rm ran-not
refused "/dev/full" 125 "/dev/full.*No space left" -f json -o /dev/full true
# shellcheck disable=SC2016
same "stdin, stdout and stderr closed: exit status" 0 \
	"$(status_of bash -c '"$0" -o r.json true <&- >&- 2>&-' "$TTRACE")"
rm -f r.json
# shellcheck disable=SC2016
same "/dev/full as stdout is the target's affair" 1 \
	"$(status_of bash -c '"$0" -o r.json echo text >/dev/full' "$TTRACE")"
rm -f r.json

refused "a root that is not there" 125 "--root /nosuch" --root /nosuch true
refused "a root that is a file" 125 "not a directory" --root file true
mkdir empty
refused "a root that is no root" 125 "no root file system" --root empty true
hinted "a root that is no root" mmdebstrap
rmdir empty
refused "a user that is not there" 125 "nosuchuser" -u nosuchuser true

if refuse=$(compile -Wl,--no-as-needed,-lseccomp refuse); then
	for call in ptrace seccomp; do
		same "$call refused: exit status" 125 \
			"$(status_of "$refuse" $call "$TTRACE" --engine ptrace --clock 2038-01-19 true)"
		contains "$call refused: message" "^ttrace: cannot .*$call" "$TMP/err"
		hinted "$call refused" "$call.* not allowed|not allow $call"
		same "$call refused: auto goes on without it" 0 \
			"$(status_of "$refuse" $call "$TTRACE" -q --clock 2038-01-19 true)"
	done
else
	skip "ptrace and seccomp refused" "it cannot be built here: $(head -1 "$TMP/.cc")"
fi

[ "$(id -u)" = 0 ] || { skip "what takes root" "not root"; exit; }

# A disk that is full when the report is written.
mkdir small
mount -t tmpfs -o size=64k none small
refused "a full disk" 125 "small/r.json.*No space left" -o small/r.json \
	sh -c 'head -c 60000 /dev/zero >small/filler; head -c 60000 /dev/zero >small/more; true' 2>/dev/null
umount small
rmdir small

# A root whose programs are for another processor.
mkdir -p foreign/bin
cp arm foreign/bin/true
refused "a root for another processor" 126 "another processor" --root foreign /bin/true
check "a root for another processor: nothing was written to it" \
	test "$(find foreign | sort | tr '\n' ' ')" = "foreign foreign/bin foreign/bin/true "
rm -r foreign

if [ ! -x "$ROOT/usr/bin/sudo" ]; then
	skip "what needs the i386 root file system" "no i386 root file system at $ROOT"
	exit
fi
refused "a missing command in the root" 127 "nosuchcommand.*not found" --root "$ROOT" nosuchcommand

# Nothing of the root is written.
date_before=$(date +%s)
touch "$TMP/mark"
trace_in_root 2030-06-01 sh -c 'echo text >/etc/new; rm /etc/hostname; mkdir /var/new; ls /etc/new' >/dev/null
same "the target sees what it wrote to the root" /etc/new "$(cat "$TMP/out")"
same "the root is as before" "" "$(find "$ROOT" -xdev -newer "$TMP/mark" | head)"

# The machine's clock is never set, by whatever way the target tries.
trace_in_root 2030-06-01 sh -c "sudo date --set '2031-02-03 04:05:06Z'; date -u +%F" >/dev/null
same "sudo date --set moves the faked clock" 2031-02-03 "$(tail -1 "$TMP/out")"
has "sudo date --set is noted" '.id == "time.set-refused" and .level == "note"'
trace_in_root 2030-06-01 sh -c 'busybox date -s 2032-03-04; busybox date -u +%F; date -u +%F' >/dev/null
same "busybox date -s moves the faked clock for all" "2032-03-04 2032-03-04" \
	"$(tail -2 "$TMP/out" | tr '\n' ' ' | sed 's/ $//')"
trace --clock 2030-06-01 python3 -c '
import time
time.clock_settime(time.CLOCK_REALTIME, 1900000000)
print(int(time.time()))' >/dev/null
is_time "clock_settime on x86-64 moves the faked clock" 1900000000 "$(cat "$TMP/out")"
trace --clock 2030-06-01 setpriv --bounding-set -sys_time --inh-caps -sys_time python3 -c '
import time
try: time.clock_settime(time.CLOCK_REALTIME, 1900000000)
except PermissionError: print("refused")' >/dev/null
same "who may not set the clock cannot set the faked one" refused "$(cat "$TMP/out")"
date_after=$(date +%s)
check "the machine's clock was not set" \
	test "$date_after" -ge "$date_before" -a "$date_after" -lt $((date_before + 600))
