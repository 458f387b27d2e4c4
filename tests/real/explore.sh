#!/bin/bash
# `ttrace explore`: which of its connects can hang a program, break it, or leave it alone.
# alone: it compares how long runs take
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
need_command python3
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script

# Connects to three ports that it makes itself, on which it listens: what one it waits for, what one
# it cannot do without, and what one it does not care for.
cat >"$TMP/three.py" <<'PY'
import socket, sys
listeners = [socket.socket() for _ in range(3)]
for listener, name in zip(listeners, sys.argv[1:]):
    listener.bind(("127.0.0.1", int(name)))
    listener.listen(1)
def reach(listener, limit=None):
    s = socket.socket()
    s.settimeout(limit)
    s.connect(listener.getsockname())
try:
    reach(listeners[0])
except OSError:
    pass
try:
    reach(listeners[1], 0.3)
except OSError:
    sys.exit(7)
try:
    reach(listeners[2], 0.3)
except OSError:
    pass
print("all done", sys.stdin.read().strip())
PY
"$python" - >"$TMP/ports" <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
PY
read -r waits needs ignores <"$TMP/ports"
program=("$python" "$TMP/three.py" "$waits" "$needs" "$ignores")

# outcome PORT FAULT: what became of the command, of the last report.
outcome() {
	jq -r --arg port "$1" --arg fault "$2" '.trials[]
		| select((.destination.port | tostring) == $port and .fault == $fault) | .outcome' "$REPORT"
}
# is_true NAME FILTER: ok if the jq FILTER is true of the last report.
is_true() {
	if jq -e "$2" "$REPORT" >/dev/null; then ok "$1"; else
		not_ok "$1" "not so: $2"
		sed 's/^/# /' "$REPORT"
	fi
}
explore() { rm -f "$REPORT"; status_of timeout -s KILL "$DEADLINE" "$TTRACE" explore "$@"; }

echo "from a file" >"$TMP/in"
same "explore: ends with the first run's status" 0 "$(explore -o "$REPORT" --connect timeout:2s \
	--connect refuse -- "${program[@]}" <"$TMP/in")"
same "explore: the command's output is shown once" "all done from a file" "$(cat "$TMP/out")"
same "explore: one it waits for hangs it" hang "$(outcome "$waits" timeout:2s)"
same "explore: ... but it goes on without it" go-on "$(outcome "$waits" refuse)"
same "explore: one it needs breaks it" "fail fail" \
	"$(outcome "$needs" timeout:2s) $(outcome "$needs" refuse)"
same "explore: one with a time limit leaves it alone" "go-on go-on" \
	"$(outcome "$ignores" timeout:2s) $(outcome "$ignores" refuse)"
is_true "explore: each is measured against the first run" '[.trials[] | select(.outcome == "hang")]
	| length == 1 and .[0].cost_s > 1.5 and .[0].cost_s < 4 and .[0].duration_s > .[0].cost_s'
is_true "explore: each trial has its end" \
	'[.trials[] | select(.outcome == "fail") | .exit.code] == [7, 7] and .first.exit.code == 0'
is_true "explore: it ends with a sentence" \
	'.conclusion | test("hangs when 127.0.0.1:[0-9]+.* does not answer: that costs .*What to do: ")'
same "explore: progress is shown" 7 "$(grep -cE '^ttrace: (first run|[1-6] of 6: 127)' "$TMP/err")"

explore --connect timeout:2s -q -- "${program[@]}" <"$TMP/in" >/dev/null
contains "explore: a table" "^127.0.0.1:$waits +ok +timeout:2s +hangs +0 +2" "$TMP/err"
same "explore: -q shows no progress" 0 "$(grep -c 'first run' "$TMP/err" || true)"
same "explore: --fail-on error" 10 \
	"$(explore --connect timeout:2s --fail-on error -- "${program[@]}" <"$TMP/in")"
same "explore: --fail-on warning takes a failure" 10 \
	"$(explore --connect refuse --fail-on warning -- "${program[@]}" <"$TMP/in")"
same "explore: ... and --fail-on error does not" 0 \
	"$(explore --connect refuse --fail-on error -- "${program[@]}" <"$TMP/in")"
explore --connect timeout --timeout 2s -o "$REPORT" -- "${program[@]}" <"$TMP/in" >/dev/null
is_true "explore: a hang without end is ended" \
	'[.trials[] | select(.timed_out)] | length == 1 and .[0].outcome == "hang"'
explore --connect refuse --connect "127.0.0.1:$needs=timeout:1s" -o "$REPORT" -- "${program[@]}" \
	<"$TMP/in" >/dev/null
is_true "explore: a rule with an address holds in every run" '.first.exit.code == 7'
same "explore: a pipe is not read by one run alone" 0 \
	"$(echo lost | explore --connect refuse -- "${program[@]}")"
same "explore: ... but by none" "all done" "$(sed 's/ *$//' "$TMP/out")"

# A first run that is slow for reasons of its own hides nothing.
cat >"$TMP/slow_once" <<END
#!/bin/sh
[ -e "$TMP/warm" ] || { touch "$TMP/warm"; sleep 2; }
exec "$python" "$TMP/three.py" $waits $needs $ignores
END
chmod +x "$TMP/slow_once"
explore --connect timeout:2s -o "$REPORT" "$TMP/slow_once" <"$TMP/in" >/dev/null
same "explore: a first run that was slow is measured again" hang "$(outcome "$waits" timeout:2s)"

explore -o "$REPORT" true >/dev/null
is_true "explore: without connects there is nothing to try" \
	'.trials == [] and (.conclusion | contains("nothing to do"))'
same "explore: a command that does not end cannot be compared" 125 "$(explore --timeout 1s sleep 20)"
contains "explore: ... and a hint says why" 'hint: give it work that ends' "$TMP/err"
same "explore: a command that is missing" 127 "$(explore /nonexistent/command)"

# Ctrl-C ends the exploration, with the table of what was done.
cat >"$TMP/steps" <<'END'
expect 1 of 3
key C
expect nothing was tried. It was interrupted: 3 trials
wait
END
if "$python" "$SOURCE/tests/programs/terminal.py" "$TTRACE" explore --connect timeout:20s \
	-- "${program[@]}" <"$TMP/steps" >"$TMP/shown" 2>&1; then
	ok "explore: Ctrl-C ends it with what is known"
else
	not_ok "explore: Ctrl-C ends it with what is known" "the terminal showed something else"
	sed 's/^/# /' "$TMP/shown"
fi

if command -v dirmngr >/dev/null; then
	mkdir -m 700 "$TMP/gnupg"
	GNUPGHOME=$TMP/gnupg explore --connect timeout:3s -o "$REPORT" -- dirmngr --server \
		</dev/null >/dev/null
	is_true "explore: dirmngr hangs at Tor's port, and the cure is named" \
		'[.trials[] | select(.outcome == "hang") | .destination.port] == [9050, 9150]
		and (.conclusion | contains("no-use-tor"))'
else
	skip "explore: dirmngr" "dirmngr is not installed"
fi
if [ "$(id -u)" = 0 ] && [ -x "$ROOT/usr/bin/dirmngr" ]; then
	explore --root "$ROOT" --connect timeout:3s -o "$REPORT" -- env GNUPGHOME=/tmp dirmngr --server \
		</dev/null >/dev/null
	is_true "explore: the same in an i386 root" \
		'[.trials[] | select(.outcome == "hang") | .destination.process.abi] == ["i386", "i386"]'
else
	skip "explore: i386" "no i386 root file system, or not root"
fi
