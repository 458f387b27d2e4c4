#!/bin/bash
# Users and set-user-ID programs: -u, and ttrace run by an ordinary user.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_root
need_command jq
need_command setpriv
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# For an ordinary user all must lie where that user may read and write.
chmod 755 "$TMP"
mkdir -m 777 "$TMP/open"
cp "$TTRACE" "$TMP/open/ttrace"
cd "$TMP/open"

same "-u: the user" "nobody 65534" \
	"$(status_of "$TTRACE" -o "$REPORT" -u nobody sh -c 'id -un; id -g' >/dev/null; tr '\n' ' ' <"$TMP/out" | sed 's/ $//')"
same "-u with a number" 12345 "$(trace -u 12345 id -u >/dev/null; cat "$TMP/out")"
same "-u: no privilege is left over" 0000000000000000 \
	"$(trace -u nobody sed -n 's/CapEff:\t//p' /proc/self/status >/dev/null; cat "$TMP/out")"
if [ -u /bin/su ]; then
	trace -u nobody --clock 2030-06-01 python3 -c '
import os, subprocess, time
child = subprocess.Popen(["/bin/su"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
for _ in range(600):
    uid = os.stat("/proc/%d" % child.pid).st_uid
    if uid == 0 or child.poll() is not None: break
    time.sleep(0.05)
print(uid)
child.communicate(b"")' >/dev/null
	same "-u: a set-user-ID program has its user" 0 "$(cat "$TMP/out")"
else
	skip "-u: a set-user-ID program" "su is not set-user-ID here"
fi

if [ -x "$ROOT/usr/bin/sudo" ]; then
	trace_in_root 2030-06-01 -u nobody sudo -n true >/dev/null
	contains "-u in the root: sudo is root" 'sudo: a password is required|nobody is not in the sudoers' "$TMP/err"
	trace_in_root 2038-01-19 -u nobody sudo -n true >/dev/null
	has "-u in the root: sudo fails past 2038 all the same" '.id == "time.eoverflow" and .api.confirmed
		and .process.comm == "sudo"'
else
	skip "-u in the root" "no i386 root file system at $ROOT"
fi

# by_nobody ARG...: ttrace run by an ordinary user.
by_nobody() {
	rm -f "$TMP/open/r.json"
	status_of "${nobody[@]}" timeout -s KILL "$DEADLINE" ./ttrace -o "$TMP/open/r.json" "$@"
}
same "an ordinary user: the faked date" "0 2030-06-01" \
	"$(by_nobody --clock 2030-06-01 date -u +%F) $(cat "$TMP/out")"
same "an ordinary user: one line says what set-user-ID programs lack" 1 \
	"$(jq -r '.run.limits[]' r.json | grep -c 'set-user-ID')"
same "an ordinary user: -u is refused" 125 "$(by_nobody -u root true)"
contains "an ordinary user: -u is refused with a hint" 'ttrace: hint: --user needs root' "$TMP/err"
status=$(by_nobody --root / --clock 2030-06-01 sh -c 'id -u; date -u +%F')
if [ "$status" = 0 ]; then
	same "an ordinary user: --root in a namespace" "0 2030-06-01" "$(tr '\n' ' ' <"$TMP/out" | sed 's/ $//')"
else
	same "an ordinary user: --root is refused" 125 "$status"
	contains "an ordinary user: --root is refused with a hint" 'ttrace: hint: --root needs' "$TMP/err"
fi
