#!/bin/bash
# `ttrace bisect`: the seconds at which a command changes what it does, found with real programs.
# shellcheck disable=SC2016  # what is quoted is for the inner shell
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
need_command openssl

bisect() { rm -f "$REPORT"; status_of timeout -s KILL "$DEADLINE" "$TTRACE" bisect -o "$REPORT" "$@"; }
# is_true NAME FILTER: ok if the jq FILTER is true of the last report.
is_true() {
	if jq -e "$2" "$REPORT" >/dev/null; then ok "$1"; else
		not_ok "$1" "not so: $2"
		sed 's/^/# /' "$REPORT"
	fi
}
changes() { jq -c '[.changes[] | .epoch]' "$REPORT"; }

# A certificate: the second of its expiry is known, and openssl says so in two ways.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/key.pem" \
	-out "$TMP/cert.pem" -days 400 -subj /CN=localhost 2>/dev/null
expiry=$(date -d "$(openssl x509 -in "$TMP/cert.pem" -noout -enddate | cut -d= -f2)" +%s)
same "bisect: ends with the first run's status" 0 \
	"$(bisect -- openssl verify -CAfile "$TMP/cert.pem" "$TMP/cert.pem")"
same "bisect: openssl verify fails from the second of the expiry" "[$expiry]" "$(changes)"
is_true "bisect: ... what it ends with and what it says are told" '.changes[0]
	| (.changed | any(contains("certificate has expired"))) and .before.exit.code == 0
	and .after.exit.code == 2 and .exact and .confirmed'
is_true "bisect: few runs are enough" '.runs < 60'
contains "bisect: progress is shown" '^ttrace: run 8: 2038-01-19T03:14:08Z \(32-bit time_t\)$' "$TMP/err"
bisect -q -- openssl x509 -checkend 86400 -noout -in "$TMP/cert.pem" >/dev/null
same "bisect: -checkend a day ahead" "[$((expiry - 86400))]" "$(changes)"
same "bisect: -q shows no progress" "" "$(cat "$TMP/err")"

# Each of the known moments, by a program that minds it, and one that none knows.
for limit in 2085978496 2147483648 2524608000 4294967296 1999999999; do
	bisect --from 2026-01-01 -- sh -c "[ \$(date +%s) -lt $limit ]" >/dev/null
	same "bisect: a change at $(date -d "@$limit" +%FT%T)" "[$limit]" "$(changes)"
	is_true "bisect: ... by its exit status" '.changes[0].changed == ["exit: 0, then 1"]'
done
bisect --from 2026-01-01 -- sh -c 's=$(date +%s); [ $s -ge 2524608000 ] && echo three ||
	{ [ $s -ge 2147483648 ] && echo two || echo one; }' >/dev/null
same "bisect: the first change and the next" "[2147483648,2524608000]" "$(changes)"
is_true "bisect: ... told with what was before" \
	'.changes[1].changed == ["stdout: - two", "stdout: + three"]'
bisect --from 2038-01-01 --to 2038-02-01 --fail-on error -- sh -c '[ $(date +%s) -lt 2147483648 ]' \
	>"$TMP/status"
same "bisect: --fail-on error" 10 "$(cat "$TMP/status")"
same "bisect: an output that changes is a warning" 0 "$(bisect --fail-on error -- \
	sh -c '[ $(date +%s) -lt 2147483648 ] && echo yes; true')"
same "bisect: ... and no change nothing" 0 "$(bisect --fail-on warning true)"

# What differs anyway is not laid to the clock.
bisect -- sh -c 'date; date +%s; date -R; echo $$ $PPID; mktemp -u; ls -l --time-style=+%s /bin/sh' \
	>/dev/null
same "bisect: dates, process ids and temporary names do not count" "[]" "$(changes)"
is_true "bisect: ... and the output was compared" '.compared == "output" and .notes == []'
bisect -- sh -c 'echo $(( (4294967296 - $(date +%s)) / 86400 )) days left' >/dev/null
same "bisect: nor what counts from the clock" "[]" "$(changes)"
is_true "bisect: ... which is said" '.notes[0] | startswith("its output follows the clock")'
same "bisect: a command that ends as chance has it is unsteady" 125 \
	"$(bisect -- sh -c 'exit $(($(od -An -N1 -tu1 /dev/urandom) % 16))')"
is_true "bisect: ... and no change is made up" '.steady == false and .changes == []'
bisect -- sh -c 'head -c 99 /dev/urandom | base64; [ $(date +%s) -lt 2147483648 ]' >/dev/null
same "bisect: an output that differs anyway does not hide an exit status" "[2147483648]" "$(changes)"
is_true "bisect: ... and is said to be unsteady" '.notes[0] | startswith("unsteady: its output")'

echo "the input" >"$TMP/in"
bisect -- sh -c 'read -r line && [ "$line" = "the input" ]' <"$TMP/in" >"$TMP/status"
is_true "bisect: a file is read anew in each run" '.first.exit.code == 0 and .changes == []'
bisect --timeout 1s --to 2039-01-01 -- sh -c '[ $(date +%s) -lt 2147483648 ] || sleep 60' >/dev/null
is_true "bisect: from where on it hangs" '.changes[0] | .epoch == 2147483648 and .after.timed_out'
same "bisect: a command that is missing" 127 "$(bisect /nonexistent/command)"
same "bisect: a span that ends before it begins" 125 "$(bisect --from 2040-01-01 --to 2039-01-01 ls)"

# Ctrl-C ends it, with what is known.
cat >"$TMP/steps" <<'END'
expect run 7: 
key C
expect it was interrupted
wait
END
if python3 "$SOURCE/tests/programs/terminal.py" "$TTRACE" bisect -- sleep 0.3 <"$TMP/steps" \
	>"$TMP/shown" 2>&1; then
	ok "bisect: Ctrl-C ends it with what is known"
else
	not_ok "bisect: Ctrl-C ends it with what is known" "the terminal showed something else"
	sed 's/^/# /' "$TMP/shown"
fi

# At whatever moment it comes, the start of a run too.
interrupt_at() {  # SECONDS
	setsid "$TTRACE" bisect -- true >/dev/null 2>"$TMP/err" &
	sleep "$1"
	# The session is there a moment after the process.
	until kill -INT -- -$! 2>/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.001; done
	wait $! || true
	cat "$TMP/err"
}
for i in $(seq 0 59); do interrupt_at "0.0$((i / 10))$((i % 10))"; done >"$TMP/said" 2>&1
same "bisect: Ctrl-C at sixty moments: none ends in an error" "" "$(grep 'cannot' "$TMP/said")"

need_root
need_rootfs
bisect --root "$ROOT" -- sudo -n true >/dev/null
same "bisect: i386 sudo ends in 2038" "[2147483648]" "$(changes)"
is_true "bisect: ... and the finding says why" '.changes[0].changed
	| any(. == "finding: + time.eoverflow gettimeofday in sudo")'
bisect --root "$ROOT" -u nobody -- sh -c 'id -un; perl -e "print time"' >/dev/null
is_true "bisect: options of a run hold in each" '.changes[0].epoch == 2147483648 and
	(.changes[0].changed | any(. == "stdout: + 18446744073709551615"))'
bisect --root "$ROOT" -- busybox true >/dev/null
same "bisect: what does not read the clock does not change" "[]" "$(changes)"
