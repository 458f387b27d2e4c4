#!/bin/bash
# The main job on real programs: what fails past 2038 in a 32-bit Debian is found and named, what
# does not fail gives no finding, and every kind of program sees the faked clock.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_root
need_rootfs
need_command jq

late=2038-01-19 early=2037-12-31
too_large='Value too large for defined data type'

# outside COMMAND...: in the root without ttrace, with the same file systems in place.
outside() {
	# shellcheck disable=SC2016  # expanded inside
	unshare --mount --propagation private bash -c '
		cd "$ROOT" && mount --bind . . && cd "$ROOT" && mount -o remount,ro,bind .
		for at in proc sys dev; do mount --rbind /$at $at; done
		mount -t tmpfs -o mode=1777 none tmp && mount -t tmpfs -o mode=0755 none run
		exec chroot . "$@"' outside "$@"
}

# as_outside NAME COMMAND...: at an early date ttrace changes neither output nor exit status, and
# has nothing to report.
as_outside() {
	local name=$1 expected actual
	shift
	expected="$(status_of outside "$@") $(cat "$TMP/out" "$TMP/err")"
	actual="$(trace_in_root $early "$@") $(cat "$TMP/out" "$TMP/err")"
	same "$name: as without ttrace" "$expected" "$actual"
	no_findings "$name: no finding in 2037"
}

# quiet NAME COMMAND...: at an early date there is no finding, and the exit status is 0.
quiet() {
	local name=$1
	shift
	same "$name: exit status in 2037" 0 "$(trace_in_root $early "$@" </dev/null)"
	no_findings "$name: no finding in 2037"
}

same "sudo ls: exit status" 1 "$(trace_in_root $late sudo ls)"
same "sudo ls: nothing on stdout" "" "$(cat "$TMP/out")"
contains "sudo ls: its first line" "^sudo: unable to get time of day: $too_large\$" "$TMP/err"
contains "sudo ls: its second line" '^sudo: error initializing audit plugin sudoers_audit$' "$TMP/err"
same "sudo ls: stderr is sudo's alone" 2 "$(wc -l <"$TMP/err")"
has "sudo ls: a confirmed finding with sudo's frames" '
	.id == "time.eoverflow" and .level == "error" and .api.confirmed
	and .api.result == -1 and .api.errno == "EOVERFLOW"
	and (.api.function == "gettimeofday" or .api.function == "clock_gettime")
	and .process.abi == "i386" and .process.exe == "/usr/bin/sudo"
	and any(.stack[]; (.module // "") | test("/(sudo|sudoers\\.so|libsudo_util\\.so[.0-9]*)$"))'
has "sudo ls: its message stands with the finding" '.said | any(test("unable to get time of day"))'
same "sudo ls: the report's exit status" '{"code":1,"signal":null}' "$(jq -c .run.exit "$REPORT")"
as_outside "sudo ls" sudo ls

# shellcheck disable=SC2016
make_and_list='busybox mkdir /run/foo; busybox ls /run/foo'
same "busybox mkdir and ls: exit status" 1 "$(trace_in_root $late busybox sh -c "$make_and_list")"
contains "busybox ls: its message" "^ls: /run/foo: $too_large\$" "$TMP/err"
has "busybox ls: a confirmed finding with busybox's frames" '
	.id == "file.eoverflow" and .api.confirmed and .api.errno == "EOVERFLOW"
	and any(.stack[]; (.module // "") | endswith("/busybox"))
	and (.message | contains("/run/foo"))'
as_outside "busybox mkdir and ls" busybox sh -c "$make_and_list"

trace_in_root $late busybox date >/dev/null
has "busybox date" '.id == "time.eoverflow" and .api.confirmed and .process.comm == "busybox"'
quiet "busybox date" busybox date +%Y
same "busybox date: the year" 2037 "$(cat "$TMP/out")"

trace_in_root $late perl -e 'print time' >/dev/null
same "perl time: prints -1 as an unsigned number" 18446744073709551615 "$(cat "$TMP/out")"
has "perl time" '.id == "time.eoverflow" and .api.function == "time" and .api.confirmed
	and any(.stack[]; .function == "Perl_pp_time")'
quiet "perl time" perl -e 'print time'
is_time "perl time: the faked time" "$(date -d '2037-12-31 12:00Z' +%s)" "$(cat "$TMP/out")"

same "dirmngr: exit status" 2 "$(trace_in_root $late dirmngr --server <<<BYE)"
has "dirmngr" '.id == "time.eoverflow" and .api.function == "time" and .api.confirmed
	and .process.comm == "dirmngr"'
contains "dirmngr: its message" 'time\(\) failed' "$TMP/err"
same "dirmngr: exit status in 2037" 0 "$(trace_in_root $early dirmngr --server <<<BYE)"
no_findings "dirmngr: no finding in 2037"

same "date: exit status" 0 "$(trace_in_root $late date -u +%F)"
same "date: the right date" 2038-01-19 "$(cat "$TMP/out")"
no_findings "date: no finding"
quiet "date" date -u +%F
same "date: the right date in 2037" 2037-12-31 "$(cat "$TMP/out")"

fresh='touch /run/fresh && ls -l --time-style=long-iso /run/fresh'
same "ls -l: exit status" 0 "$(trace_in_root $late sh -c "$fresh")"
contains "ls -l: the right date of a fresh file" ' 2038-01-19 12:[0-9]{2} /run/fresh$' "$TMP/out"
no_findings "ls -l: no finding"
quiet "ls -l" sh -c "$fresh"
contains "ls -l: the right date in 2037" ' 2037-12-31 12:[0-9]{2} /run/fresh$' "$TMP/out"

# The host, and programs without glibc's shared library. 2030 fits every width.
host_late=$(date -d "$late 12:00Z" +%s) moderate=2030-06-01
start=$(date -d "$moderate 12:00Z" +%s)

# sees NAME COMMAND...: the host's COMMAND prints the faked time past 2038, and no finding is made.
sees() {
	local name=$1
	shift
	trace --clock $late "$@" >/dev/null
	is_time "$name sees the faked time" "$host_late" "$(cat "$TMP/out")"
	no_findings "$name: no finding"
}
sees "date" date +%s
if [[ $ABIS == *x86-64* ]]; then   # that of i386 has 32-bit times
	sees "python3" python3 -c 'import time; print(time.time())'
	# shellcheck disable=SC2016
	sees "bash" bash -c 'echo $EPOCHSECONDS'
fi

# all_clocks NAME PROGRAM: each line that tests/programs/clocks.c prints tells the faked time.
all_clocks() {
	local wrong
	trace --clock $moderate "$2" 3 >/dev/null
	wrong=$(awk -v start="$start" '$2 < start || $2 >= start + 600' "$TMP/out" "$TMP/err")
	[ -s "$TMP/out" ] || wrong="it printed nothing: $(cat "$TMP/err")"
	same "$1: libc and raw system calls tell the faked time" "" "$wrong"
	no_findings "$1: no finding in 2030"
}
for flags in "" -static -static-pie -m32 "-m32 -static" "-m32 -no-pie" \
	"-m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64"; do
	# shellcheck disable=SC2086  # flags are words
	if program=$(compile $flags clocks); then
		all_clocks "program by gcc $flags" "$program"
	else
		skip "program by gcc $flags" "it cannot be built here: $(head -1 "$TMP/.cc")"
	fi
done
for flags in "" -static; do
	# shellcheck disable=SC2086
	if program=$(CC=musl-gcc compile $flags clocks); then
		all_clocks "program by musl-gcc $flags" "$program"
	else
		skip "program by musl-gcc $flags" "it cannot be built here: $(tail -1 "$TMP/.cc")"
	fi
done
for kind in dynamic static; do
	if program=$(compile_musl32 $kind clocks); then
		all_clocks "i386 program with musl, $kind" "$program"
	else
		skip "i386 program with musl, $kind" "it cannot be built here: $(tail -1 "$TMP/.cc")"
	fi
done
for arch in amd64 386; do
	if program=$(go_build $arch now); then
		trace --clock $moderate "$program" >/dev/null
		is_time "Go program for $arch sees the faked time" "$start" "$(cat "$TMP/out")"
	else
		skip "Go program for $arch" "it cannot be built here: $(head -1 "$TMP/.cc")"
	fi
done
