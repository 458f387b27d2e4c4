#!/bin/bash
# What is said on a terminal while a connect lasts, and Ctrl-C in the middle of it.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
need_command python3
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script

# Connects, blocking or not, and takes Ctrl-C as C programs do.
cat >"$TMP/connect.py" <<'PY'
import select, signal, socket, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
s = socket.socket()
s.setblocking(sys.argv[1] == "blocks")
s.connect_ex(("10.1.2.3", 80))
poll = select.poll()
poll.register(s, select.POLLOUT)
poll.poll(30000)
s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
PY

# on_terminal NAME COMMAND...: ok if the steps on stdin are met.
on_terminal() {
	local name=$1
	shift
	if "$python" "$SOURCE/tests/programs/terminal.py" "$@" >"$TMP/shown" 2>&1; then ok "$name"; else
		not_ok "$name" "the terminal showed something else"
		sed 's/^/# /' "$TMP/shown"
	fi
}
silent=(--connect 10.1.2.3=timeout:20s)
rm -f "$REPORT"
on_terminal "live: told with its stack, then counted on one line; Ctrl-C reports" \
	"$TTRACE" "${silent[@]}" -o "$REPORT" "$python" "$TMP/connect.py" blocks <<-'END'
		expect ttrace: python[0-9.]*\[\d+\] has been blocked for 1 s in connect\(\) to 10.1.2.3:80 \(http\)\n
		expect ttrace:   +.*connect.*libc
		expect \x1b\[Kttrace: python[0-9.]*\[\d+\] still blocked, 2 s, in connect\(\) to 10.1.2.3:80
		expect \x1b\[Kttrace: python[0-9.]*\[\d+\] still blocked, 3 s, in connect\(\) to 10.1.2.3:80
		key C
		expect ttrace: python[0-9.]*\[\d+\] ends after [34].*s in connect
		wait
		expect status 130
	END
has "live: ... the blocked connect" '.id == "connect.blocked" and .level == "error"
	and (.connect.ended | not) and .connect.blocking and .connect.duration_s > 2.5'
rm -f "$REPORT"
on_terminal "live: a non-blocking connect is told too" \
	"$TTRACE" "${silent[@]}" -o "$REPORT" "$python" "$TMP/connect.py" polls <<-'END'
		expect \] has waited for 1(.\d+)? s for a non-blocking connect to 10.1.2.3:80 \(http\)\n
		expect ttrace:   +.*connect.*libc
		expect \] still waits, 2 s, for a non-blocking connect to 10.1.2.3:80
		key C
		expect \] ends after .*s for a non-blocking connect
		wait
		expect status 130
	END
has "live: ... and reported" '.id == "connect.blocked" and (.connect.ended | not)
	and (.connect.blocking | not) and .connect.duration_s > 1.5'
on_terminal "live: one that is over says so" \
	"$TTRACE" --connect 10.1.2.3=timeout:2s -o "$REPORT" "$python" "$TMP/connect.py" polls <<-'END'
		expect has waited for 1(.\d+)? s for a non-blocking connect
		expect no longer waits after 2.*s for a non-blocking connect
		wait
		expect status 0
	END

# Away from a terminal nothing ticks, and -q is silent.
trace --connect 10.1.2.3=timeout:3s "$python" "$TMP/connect.py" polls >/dev/null
contains "live: told in a log, too" 'has waited for 1(\.[0-9]+)? s for a non-blocking connect' "$TMP/err"
same "live: ... where nothing ticks" 0 "$(grep -c 'still' "$TMP/err" || true)"
trace -q --connect 10.1.2.3=timeout:2s "$python" "$TMP/connect.py" polls >/dev/null
same "live: -q says nothing" "" "$(cat "$TMP/err")"

# Many at once do not flood the terminal.
cat >"$TMP/many.py" <<'PY'
import select, socket
poll = select.poll()
sockets = [socket.socket() for _ in range(50)]
for s in sockets:
    s.setblocking(False)
    s.connect_ex(("10.1.2.3", 80))
    poll.register(s, select.POLLOUT)
while sockets:
    for fd, _ in poll.poll():
        poll.unregister(fd)
        sockets.pop()
PY
trace --connect 10.1.2.3=timeout:2s "$python" "$TMP/many.py" >/dev/null
same "live: ten of fifty are told" "10 1" "$(grep -c 'has waited for' "$TMP/err") $(grep -c \
	'more connects are waiting; the report has them all' "$TMP/err")"
same "live: ... all are reported" 50 \
	"$(jq '[.findings[] | select(.id == "connect.blocked") | .connect.attempts] | add' "$REPORT")"
