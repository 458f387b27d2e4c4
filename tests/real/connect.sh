#!/bin/bash
# Connects that hang, fail and are made to: real sockets, real programs, the real kernel.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
need_command python3
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script

# One connect as its arguments say, told in a line: FLAGS ADDRESS PORT. FLAGS: 4, 6 or u (unix) for
# the family; n: non-blocking; d: datagrams. An abstract unix name starts with @.
cat >"$TMP/connect.py" <<'PY'
import errno, select, socket, sys, time
flags, address, port = sys.argv[1:4]
family = {"4": socket.AF_INET, "6": socket.AF_INET6, "u": socket.AF_UNIX}[flags[0]]
s = socket.socket(family, socket.SOCK_DGRAM if "d" in flags else socket.SOCK_STREAM)
name = lambda e: errno.errorcode.get(e, e)
s.setblocking("n" not in flags)
if family == socket.AF_UNIX:
    address = address.replace("@", "\0", 1)
start = time.monotonic()
result = s.connect_ex(address if family == socket.AF_UNIX else (address, int(port)))
if result == errno.EINPROGRESS:
    poll = select.poll()
    poll.register(s, select.POLLOUT)
    poll.poll(20000)
    result = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
took = time.monotonic() - start
try:
    peer = s.getpeername()
    peer = peer.decode().replace("\0", "@") if isinstance(peer, bytes) else peer
    peer = peer if isinstance(peer, str) else peer[0]
except OSError as e:
    peer = name(e.errno)
s.setblocking(True)
s.settimeout(0.4)
try:
    s.send(b"x")
    got = "got " + s.recv(10).decode()
except OSError as e:
    got = name(e.errno) if e.errno else "silence"
print(name(result) if result else "ok", int(took), peer, got)
PY

# A server that answers "hi", on a free port of both families: its number is in $TMP/port.
cat >"$TMP/server.py" <<'PY'
import os, socket, sys, threading
def serve(listener):
    while True:
        c, _ = listener.accept()
        c.recv(1)
        c.send(b"hi")
        c.close()
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
listener.bind(("::", 0))
listener.listen(50)
# A full queue: what comes next is dropped, as by a host that is off.
hole = socket.socket()
hole.bind(("127.0.0.1", 0))
hole.listen(0)
filler = socket.create_connection(hole.getsockname())
with open(sys.argv[1] + ".new", "w") as f:
    f.write("%d %d\n" % (listener.getsockname()[1], hole.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
serve(listener)
PY
"$python" "$TMP/server.py" "$TMP/port" &
server=$!
trap 'kill $server; finish' EXIT
for _ in {1..100}; do [ -e "$TMP/port" ] || sleep 0.1; done
read -r port hole <"$TMP/port"

# is_late EXPECTED SEEN: nothing is otherwise but that it took more seconds.
is_late() {
	awk -v expected="$1" -v seen="$2" 'BEGIN {
		split(expected, e, " "); split(seen, s, " ")
		late = s[2] > e[2] + 0
		sub(" " e[2] " ", " " s[2] " ", expected)
		exit !(late && expected == seen)
	}'
}
# met RULE EXPECTED FLAGS ADDRESS PORT: what the program sees, which has the form of connect.py. A machine
# may pause, but not each time; what is slow by itself is.
met() {
	local rule=$1 expected=$2 seen
	shift 2
	for _ in 1 2 3; do
		trace --connect "$rule" "$python" "$TMP/connect.py" "$@" >/dev/null
		seen=$(cat "$TMP/out")
		is_late "$expected" "$seen" || break
		echo "# $rule, ${*:1:2}: late, again: $seen"
	done
	same "connect: $rule, ${*:1:2}: $expected" "$expected" "$seen"
}

mapped=::ffff:10.1.2.3
for mode in "4 10.1.2.3" "4n 10.1.2.3" "6 fd00::5" "6n fd00::5" "6 $mapped" "6n $mapped"; do
	read -r flags address <<<"$mode"
	met '*:80=timeout:2s' "ETIMEDOUT 2 ENOTCONN EPIPE" "$flags" "$address" 80
	met '*:80=refuse' "ECONNREFUSED 0 ENOTCONN EPIPE" "$flags" "$address" 80
	met '*:80=unreachable' "EHOSTUNREACH 0 ENOTCONN EPIPE" "$flags" "$address" 80
	met '*:80=reset' "ok 0 ENOTCONN ECONNRESET" "$flags" "$address" 80
	met "*:80=redirect:127.0.0.1:$port" "ok 0 $address got hi" "$flags" "$address" 80
done
met "127.0.0.1:$port=delay:300ms" "ok 0 127.0.0.1 got hi" 4 127.0.0.1 "$port"
has "connect: a delayed connect without a time limit is a warning, however short it was" \
	'.id == "connect.blocked" and .level == "warning" and .connect.duration_s < 1
	and (.message | contains("this socket has no time limit"))'
met "127.0.0.1:$port=delay:1s" "ok 1 127.0.0.1 got hi" 4 127.0.0.1 "$port"
met "127.0.0.1:$port=delay:1s" "ok 1 127.0.0.1 got hi" 4n 127.0.0.1 "$port"
has "connect: a fault that was applied is a note" '.id == "connect.injected" and .level == "note"'
met '10.1.2.3:53=timeout' "ok 0 10.1.2.3 silence" 4d 10.1.2.3 53
met '10.1.2.3:53=refuse' "ok 0 10.1.2.3 ECONNREFUSED" 4d 10.1.2.3 53
met '/run/x*=timeout:2s' "ETIMEDOUT 2 ENOTCONN ENOTCONN" u /run/x.sock 0
met '/run/x*=timeout' "EAGAIN 0 ENOTCONN ENOTCONN" un /run/x.sock 0
met '/run/x*=refuse' "ECONNREFUSED 0 ENOTCONN ENOTCONN" u /run/x.sock 0
met '/run/x*=reset' "ok 0 /run/x.sock EPIPE" u /run/x.sock 0
met '/run/x*=unreachable' "ENOENT 0 ENOTCONN ENOTCONN" u /run/x.sock 0
met '10.1.2.3:53=unreachable' "EHOSTUNREACH 0 ENOTCONN EDESTADDRREQ" 4d 10.1.2.3 53
met '10.1.2.3:53=reset' "ok 0 10.1.2.3 ECONNREFUSED" 4d 10.1.2.3 53
met '127.0.0.1:5353=delay:1s' "ok 1 127.0.0.1 ECONNREFUSED" 4d 127.0.0.1 5353
met '@ttrace-x*=timeout:2s' "ETIMEDOUT 2 ENOTCONN ENOTCONN" u @ttrace-x.1 0
met '@ttrace-x*=timeout' "EAGAIN 0 ENOTCONN ENOTCONN" un @ttrace-x.1 0
met '@ttrace-x*=refuse' "ECONNREFUSED 0 ENOTCONN ENOTCONN" u @ttrace-x.1 0
met '@ttrace-x*=unreachable' "ENOENT 0 ENOTCONN ENOTCONN" u @ttrace-x.1 0
met '@ttrace-x*=reset' "ok 0 @ttrace-x.1 EPIPE" u @ttrace-x.1 0
has "connect: an abstract name is told" \
	'.id == "connect.injected" and .connect.family == "AF_UNIX" and .connect.address == "@ttrace-x.1"'
met '@ttrace-x*=refuse' "ECONNREFUSED 0 ENOTCONN ENOTCONN" ud @ttrace-x.1 0
met '*=refuse' "ECONNREFUSED 0 ENOTCONN ENOTCONN" u @ttrace-x.1 0
cat >"$TMP/listen.py" <<'PY'
import socket, subprocess, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind("\0ttrace-y." + sys.argv[1])
listener.listen(5)
sys.exit(subprocess.call(sys.argv[2:]))
PY
trace --connect '@ttrace-y*=delay:1s' "$python" "$TMP/listen.py" $$ \
	"$python" "$TMP/connect.py" u "@ttrace-y.$$" 0 >/dev/null
same "connect: @ttrace-y*=delay:1s" "ok 1 @ttrace-y.$$ silence" "$(cat "$TMP/out")"
trace --connect "@ttrace-z=redirect:@ttrace-y.$$" "$python" "$TMP/listen.py" $$ \
	"$python" "$TMP/connect.py" u @ttrace-z 0 >/dev/null
same "connect: @ttrace-z=redirect:@ttrace-y" "ok 0 @ttrace-z silence" "$(cat "$TMP/out")"

# A family without a rule of its own: the real thing happens, and the report says which it was.
cat >"$TMP/vsock.py" <<'PY'
import errno, socket
try:
    s = socket.socket(socket.AF_VSOCK)
except OSError:
    print("none")
else:
    s.settimeout(3)
    try:
        print(errno.errorcode.get(s.connect_ex((socket.VMADDR_CID_HOST, 9050))))
    except OSError as e:
        print(e)
PY
trace "$python" "$TMP/vsock.py" >/dev/null
if [ "$(cat "$TMP/out")" = none ]; then
	skip "connect: AF_VSOCK" "this kernel has no such sockets"
else
	has "connect: AF_VSOCK is told with its context" '.connect.family == "AF_VSOCK"
		and .connect.address == "cid 2" and .connect.port == 9050'
	untouched=$(cat "$TMP/out")
	trace --connect '*=refuse' "$python" "$TMP/vsock.py" >/dev/null
	same "connect: ... and no rule changes it" "$untouched" "$(cat "$TMP/out")"
fi

# A signal in the middle: the call ends with EINTR, the connect goes on, and the program waits for it.
cat >"$TMP/interrupted.py" <<'PY'
import signal, socket
signal.signal(signal.SIGALRM, lambda *_: print("handled", flush=True))
signal.setitimer(signal.ITIMER_REAL, 0.5)
print(socket.socket().connect_ex(("10.1.2.3", 80)))
PY
trace --connect '10.1.2.3=timeout:2s' "$python" "$TMP/interrupted.py" >/dev/null
same "connect: a signal does not end a timeout" $'handled\n110' "$(cat "$TMP/out")"
has "connect: ... which is still found" '.id == "connect.blocked" and .level == "error"
	and .connect.blocking and .connect.duration_s > 1.5 and .connect.duration_s < 2.6'
trace --connect '10.1.2.3=delay:2s' "$python" "$TMP/interrupted.py" >/dev/null
contains "connect: a signal does not end a delay" '^handled' "$TMP/out"
has "connect: ... which lasts as long as it was asked to" '.connect.duration_s > 1.9'

# A real black hole, without a rule: the same finding.
cat >"$TMP/hole.py" <<'PY'
import socket, sys
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, 18, 2000)   # TCP_USER_TIMEOUT
print(s.connect_ex(("127.0.0.1", int(sys.argv[1]))))
PY
trace "$python" "$TMP/hole.py" "$hole" >/dev/null
same "connect: a full queue gives ETIMEDOUT" 110 "$(cat "$TMP/out")"
has "connect: ... and an error with the socket's limits" '.id == "connect.blocked"
	and .level == "error" and .connect.errno == "ETIMEDOUT" and .connect.options.user_timeout_s == 2
	and .connect.duration_s > 1.5 and .connect.duration_s < 2.6'
contains "connect: it is told while it blocks" 'has been blocked for 1 s in connect\(\) to 127.0.0.1' \
	"$TMP/err"

# A program that gives up by itself, and one that is ended.
if command -v curl >/dev/null; then
	trace --connect '10.1.2.3=timeout' curl -s --connect-timeout 2 http://10.1.2.3/ >/dev/null
	has "connect: curl gives up: a warning" '.id == "connect.blocked" and .level == "warning"
		and (.connect.blocking | not) and .connect.duration_s > 1.5 and .connect.duration_s < 2.6'
	same "connect: curl sees a refusal" 7 \
		"$(trace --connect '10.1.2.3=refuse' curl -s http://10.1.2.3/)"
	same "connect: curl is redirected" hi "$(trace --connect "10.1.2.3=redirect:127.0.0.1:$port" \
		curl -s --http0.9 http://10.1.2.3/ >/dev/null; cat "$TMP/out")"
fi
trace --connect '10.1.2.3=timeout' --timeout 2s bash -c 'exec 3<>/dev/tcp/10.1.2.3/80' >/dev/null
has "connect: bash, ended: connect.blocked is an error" \
	'.id == "connect.blocked" and .level == "error" and (.connect.ended | not)'
has "connect: bash, ended: process.hung names the peer" '.id == "process.hung"
	and .syscall.name == "connect" and (.message | contains("10.1.2.3:80"))'
trace --timeout 1s bash -c 'sleep 20 | cat' >/dev/null
has "hung: a reader of a pipe, with its writer" \
	'.id == "process.hung" and .syscall.name == "read" and (.message | contains("a pipe that sleep["))'
has "hung: a parent and its child" \
	'.id == "process.hung" and (.syscall.name | startswith("wait")) and (.message | contains("sleep["))'
trace --timeout 1s flock "$TMP/lock" flock "$TMP/lock" true >/dev/null
has "hung: a lock, with its file" \
	'.id == "process.hung" and .syscall.name == "flock" and (.message | contains("/lock"))'
trace "$python" "$TMP/connect.py" 4 127.0.0.1 "$port" >/dev/null
no_findings "connect: one that works gives no finding"

# What ttrace was written for: dirmngr looks for Tor.
dirmngr_finding='.id == "connect.blocked" and .level == "error" and .api.errno == "ETIMEDOUT"
	and .connect.address == "127.0.0.1" and .connect.port == 9050
	and .connect.duration_s > 4.5 and .connect.duration_s < 5.5
	and (.hint | contains("no-use-tor"))
	and any(.stack[]; .module // "" | contains("libassuan"))
	and any(.stack[]; .module // "" | endswith("/dirmngr"))'
if command -v dirmngr >/dev/null; then
	mkdir -m 700 "$TMP/gnupg"
	export GNUPGHOME=$TMP/gnupg
	trace --connect 127.0.0.1:9050=timeout:5s dirmngr --server <<<BYE >/dev/null
	has "dirmngr: hangs at Tor's port" "$dirmngr_finding"
	contains "dirmngr: serves its client afterwards" '^OK closing connection' "$TMP/out"
	echo no-use-tor >"$TMP/gnupg/dirmngr.conf"
	trace --connect 127.0.0.1:9050=timeout:5s dirmngr --server <<<BYE >/dev/null
	same "dirmngr: with no-use-tor it does not connect: no finding" "[]" \
		"$(jq -c '[.findings[].id]' "$REPORT")"
else
	skip "dirmngr" "dirmngr is not installed"
fi
if [ "$(id -u)" = 0 ] && [ -x "$ROOT/usr/bin/dirmngr" ]; then
	trace --root "$ROOT" --connect 127.0.0.1:9050=timeout:5s \
		env GNUPGHOME=/tmp dirmngr --server <<<BYE >/dev/null
	has "dirmngr: hangs at Tor's port, i386" "$dirmngr_finding and .process.abi == \"i386\""
else
	skip "dirmngr, i386" "no i386 root file system, or not root"
fi

# refused RULE MESSAGE HINT: a rule that is none, told with the option's name and a hint.
refused() {
	same "connect: $1 is refused" 125 "$(trace --connect "$1" true)"
	contains "connect: ... $2" "^ttrace: --connect .*$2" "$TMP/err"
	contains "connect: ... with a hint" "^ttrace: hint: .*$3" "$TMP/err"
}
refused bogus 'there is no =FAULT' 'ADDR\[:PORT\]=FAULT'
refused '=refuse' 'there is no address' 'ADDR\[:PORT\]=FAULT'
refused timeout:5s 'there is no ADDR=' 'ttrace explore'
refused 1.2.3.4=bogus "'bogus' is no fault" 'timeout\[:DURATION\], refuse'
refused 1.2.3.4=refuse:5s 'refuse takes no value' 'faults are'
refused 1.2.3.4:0=refuse "'0' is no port" 'up to 65535'
refused 1.2.3.4:99999=refuse "'99999' is no port" 'up to 65535'
refused 1.2.3.4:http=refuse "'http' is no port" 'up to 65535'
refused ::1=refuse 'stands in brackets' '\[::1\]:80=refuse'
refused '[::1=refuse' 'a \] is missing' 'ADDR'
refused localhost=refuse "'localhost' is no address" 'host names are not looked up'
refused 1.2.3=refuse "'1.2.3' is no address" 'an IPv4 address'
refused 1.2.3.4/40=refuse "'/40' is no prefix" 'up to 32'
refused '[::]/129=refuse' "'/129' is no prefix" 'up to 128'
refused 1.2.3.4=delay "'delay' is no fault" 'delay:DURATION'
refused 1.2.3.4=timeout:x "'x' is not a duration" '500ms'
refused 1.2.3.4=timeout:0 '1 ms at least' "as the kernel's"
refused 1.2.3.4=delay:-1s 'negative' '500ms'
refused 1.2.3.4=delay:1000h 'too long' '24 days'
refused 1.2.3.4=redirect:5.6.7.8 'no place to redirect to' 'redirect:127.0.0.1:8080'
refused 1.2.3.4=redirect:host:80 'no place to redirect to' 'redirect:127.0.0.1:8080'

# Rules that overlap: the first one counts, and who never gets a turn is named.
trace --connect '10.1.2.3:81=reset' --connect '10.0.0.0/8=refuse' --connect '10.1.2.3=unreachable' \
	--connect '*=delay:1s' --connect '/run/x=refuse' \
	"$python" "$TMP/connect.py" 4 10.1.2.3 80 >/dev/null
same "connect: the first rule that matches counts" "ECONNREFUSED 0 ENOTCONN EPIPE" "$(cat "$TMP/out")"
same "connect: shadowed rules are named, others not" \
	"10.1.2.3=unreachable never applies: the earlier 10.0.0.0/8=refuse takes all of it
/run/x=refuse never applies: the earlier *=delay:1s takes all of it" \
	"$(jq -r '.run.limits[] | select(contains("never applies")) | sub("^--connect "; "")' "$REPORT")"

# More rules than anybody writes by hand: the last one still counts.
many=()
for i in {1..2000}; do many+=(--connect "10.2.$((i / 250)).$((i % 250)):$i=unreachable"); done
trace "${many[@]}" --connect 10.1.2.3=refuse "$python" "$TMP/connect.py" 4 10.1.2.3 80 >/dev/null
same "connect: the last of 2,001 rules" "ECONNREFUSED 0 ENOTCONN EPIPE" "$(cat "$TMP/out")"
