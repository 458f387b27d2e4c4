#!/bin/bash
# ttrace attach: what a process is blocked in, told at once; nothing that it notices; errors.
# alone: a thread that waits for a processor is blocked in nothing, and is told so
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
. "$SOURCE/tests/attach.sh"
need_root
need_command jq
need_command python3
own_network
ip addr add 10.9.1.1/24 dev lo
ip route add 10.9.0.0/24 dev lo   # not ours, not to be forwarded: dropped

# Threads in every kind of call, on both ABIs, with a timer that ticks; ended in each way.
for build in $ABIS; do
	flags=()
	[ "$build" = x86-64 ] || flags=(-m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64)
	if ! program=$(compile "${flags[@]}" attached); then
		skip "attach: $build" "it cannot be built here"
		continue
	fi
	start_attached "$program"
	sleep 0.5
	before=$(state_of "$target")
	same "attach: $build: Ctrl-C" 0 "$(attach 3 -p "$target")"
	same "attach: $build: ... the process is as it was" "$before" "$(state_of "$target")"
	has "attach: $build: ... a wait is told, with its time and stack" '.id == "process.blocked"
		and (.syscall.name | test("nanosleep")) and (.message | test("for at least [0-9.]+ m?s, waiting for time"))
		and any(.stack[]; .function == "sleeps")'
	has "attach: $build: ... a semaphore" '.id == "process.blocked" and any(.stack[]; .function == "takes_semaphore")'
	has "attach: $build: ... a signal" '(.message | test("waiting for a signal")) and any(.stack[]; .function == "takes_signal")'
	same "attach: $build: ... in one process, and those that it made" true \
		"$(jq ".run.attached == [$target] and .run.processes > 3 and .run.exit.code == null" "$REPORT")"
	contains "attach: $build: ... and says so" "attached to attached.*\[$target\]; Ctrl-C detaches" "$TMP/err"
	contains "attach: $build: ... at the end, too" "detached from attached.*\[$target\], which runs on" "$TMP/err"
	for signal in TERM HUP; do
		same "attach: $build: SIG$signal" 0 "$(SIGNAL=$signal attach 0.3 -p "$target")"
	done
	rm -f "$TMP/err"
	"$TTRACE" attach -o "$REPORT" -p "$target" 2>"$TMP/err" &
	tracer=$!
	wait_until grep -q 'attached to' "$TMP/err"
	for _ in {1..20}; do kill -TERM $tracer 2>/dev/null || break; sleep 0.01; done
	status=0
	wait $tracer || status=$?
	same "attach: $build: asked twice at once, as by timeout(1)" 0 $status
	same "attach: $build: --timeout" 0 "$(trace attach --timeout 0.7s -p "$target")"
	has "attach: $build: ... tells where all stand then" '.id == "process.hung" and (.syscall.name | test("nanosleep"))'
	for clock in +1y 2038-01-20 -5y; do
		same "attach: $build: --clock $clock" 0 "$(attach 1 --clock "$clock" -p "$target")"
		same "attach: $build: ... the process is as it was" "$before" "$(state_of "$target")"
		same "attach: $build: ... by the shim" shim "$(jq -r ".run.coverage[\"$target\"]" "$REPORT")"
	done
	statuses=
	for _ in {1..10}; do statuses+=$(attach 0.1 --clock +1y -p "$target"); done
	same "attach: $build: ten times over" 0000000000 "$statuses"
	end_attached "attach: $build: ... it noticed nothing"
done

# A connect under way, blocking or not, with the age of its socket.
cat >"$TMP/connects.py" <<'PY'
import select, socket, threading
def blocks():
    socket.socket().connect(("10.9.0.1", 80))
threading.Thread(target=blocks, daemon=True).start()
s = socket.socket()
s.setblocking(False)
s.connect_ex(("10.9.0.2", 443))
epoll = select.epoll()
epoll.register(s, select.EPOLLOUT)
epoll.poll(60)
PY
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script
"$python" "$TMP/connects.py" &
target=$!
sleep 2.2
same "attach: connects under way" 0 "$(attach 1.5 -p "$target")"
has "attach: ... the blocking one" '.id == "process.blocked" and (.syscall.name | test("^(connect|socketcall)$")) and .first_at_s < 1
	and (.message | test("for at least [12](.[0-9]+)? s, waiting for 10.9.0.1:80 \\(http\\) to answer"))
	and any(.stack[]; .function == "connect")'
has "attach: ... is followed from its beginning" '.id == "connect.blocked" and .connect.address == "10.9.0.1"
	and .connect.blocking and .connect.duration_s > 2.5 and .connect.duration_s < 8
	and (.message | test("still blocked after .*, when ttrace detached"))'
has "attach: ... so is the other" '.id == "connect.blocked" and .connect.address == "10.9.0.2"
	and (.connect.blocking | not) and .connect.duration_s > 2.5 and .connect.duration_s < 8'
kill "$target"

# dirmngr asks for Tor as it starts; here nobody answers.
if command -v dirmngr >/dev/null; then
	cat >"$TMP/silent.py" <<'PY'
import socket, sys, time
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 9050))
listener.listen(0)
waiting = [socket.socket() for _ in range(3)]
for s in waiting:
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", 9050))
time.sleep(0.3)
open(sys.argv[1], "w")
time.sleep(60)
PY
	"$python" "$TMP/silent.py" "$TMP/silent" &
	silent=$!
	wait_until test -e "$TMP/silent"
	mkdir -m 700 "$TMP/gnupg"
	mkfifo "$TMP/ask"
	dirmngr --homedir "$TMP/gnupg" --server <"$TMP/ask" >"$TMP/answer" 2>&1 &
	target=$!
	exec 8>"$TMP/ask"
	sleep 2
	before=$(state_of "$target")
	same "attach: dirmngr" 0 "$(attach 1.5 -p "$target")"
	has "attach: ... is in connect, where, how long, from where: within a second" '.id == "process.blocked"
		and (.message | test("had been blocked in connect\\(\\) for at least [0-9.]+ m?s, waiting for 127.0.0.1:9050 .*to answer"))
		and .first_at_s < 1 and any(.stack[]; .module | test("libassuan"))'
	contains "attach: ... said at once" "^ttrace: dirmngr\[$target\] has been blocked for at least .* in connect\(\), waiting for 127.0.0.1:9050" "$TMP/err"
	same "attach: ... it is as it was" "$before" "$(state_of "$target")"
	kill $silent
	echo BYE >&8
	exec 8>&-
	wait_until ended "$target" || kill -KILL "$target"
	status=0
	wait "$target" || status=$?
	same "attach: ... and goes on when the other end does" 0 $status
	contains "attach: ... and answers" '^OK closing connection' "$TMP/answer"
else
	skip "attach: dirmngr" "not installed"
fi

# What cannot be.
refused() {
	local name=$1 message=$2 hint=$3
	shift 3
	same "attach: refused: $name" 125 "$(status_of timeout 20 "$TTRACE" attach "$@")"
	contains "attach: ... $name: why" "$message" "$TMP/err"
	contains "attach: ... $name: what to do" "hint: .*$hint" "$TMP/err"
}
refused "no such process" 'there is no process 4194303' pgrep -p 4194303
refused "a kernel thread" 'a thread of the kernel' brackets -p "$(ps -eo pid,ppid | awk '$2 == 2 { print $1; exit }')"
sleep 60 &
sleeper=$!
"$TTRACE" attach -q -p $sleeper 2>/dev/null &
other=$!
wait_until grep -q '^TracerPid:.[1-9]' /proc/$sleeper/status
refused "traced already" 'sleep\[[0-9]+\] is already traced, by ttrace.*\[[0-9]+\]' "end that one" -p $sleeper
kill $other
wait $other || true
"$python" -c 'import subprocess, time; child = subprocess.Popen("true"); print(child.pid, flush=True); time.sleep(60)' >"$TMP/zombie" &
parent=$!
wait_until test -s "$TMP/zombie"
sleep 0.3
refused "a zombie" 'a zombie, which waits for its parent python' parent -p "$(cat "$TMP/zombie")"
kill $parent
refused "nobody of that name" "no process is called 'no-such-name\*'" GLOB --name 'no-such-name*'
refused "no such group" "there is no control group 'no/such'" /sys/fs/cgroup --cgroup no/such
cp "$TTRACE" "$TMP/ttrace"
nap=nap$$   # nobody else's
cp "$(command -v sleep)" "$TMP/$nap"
chmod 755 "$TMP" "$TMP/ttrace"
if command -v setpriv >/dev/null; then
	same "attach: refused: another user's" 125 "$(status_of setpriv --reuid=65534 --clear-groups --regid=65534 \
		"$TMP/ttrace" attach -p $sleeper)"
	contains "attach: ... another user's: why" 'cannot attach to sleep.*: Operation not permitted' "$TMP/err"
	contains "attach: ... another user's: what to do" 'hint: .*(sudo|as root)' "$TMP/err"
fi
kill $sleeper

# A process that is stopped stays so.
"$TMP/$nap" 60 &
target=$!
kill -STOP $target
same "attach: a stopped process" 0 "$(attach 1 --clock +1y -p $target)"
contains "attach: ... is still stopped" '^State:.T' "/proc/$target/status"
kill -CONT $target
same "attach: ... until it is to go on" 0 "$(attach 1 --clock +1y -p $target)"
contains "attach: ... which it does" '^State:.S' "/proc/$target/status"
kill $target

# By name, and by control group.
"$TMP/$nap" 61 &
naps=$!
"$TMP/$nap" 62 &
naps+=" $!"
same "attach: by name" 0 "$(attach 5 --name "na[p]$$" --timeout 0.4s)"
same "attach: ... all of that name" "$(tr ' ' '\n' <<<"$naps" | sort)" "$(jq '.run.attached[]' "$REPORT" | sort)"
# shellcheck disable=SC2086,SC2046  # two pids
same "attach: -p more than once" 0 "$(attach 5 $(printf -- '-p %s ' $naps) --timeout 0.4s)"
same "attach: ... both" 2 "$(jq '.run.attached | length' "$REPORT")"
group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/ttrace-test.$$
if [[ $group = /*/* ]] && mkdir "$group" 2>/dev/null; then
	for pid in $naps; do echo "$pid" >"$group/cgroup.procs"; done
	same "attach: a control group" 0 "$(attach 5 --cgroup "$group" --timeout 0.4s)"
	same "attach: ... all in it" "$(tr ' ' '\n' <<<"$naps" | sort)" "$(jq '.run.attached[]' "$REPORT" | sort)"
else
	skip "attach: a control group" "no control group can be made here"
fi
# shellcheck disable=SC2086
kill $naps
wait
[ ! -d "$group" ] || rmdir "$group"
