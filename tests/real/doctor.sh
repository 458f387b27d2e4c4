#!/bin/bash
# `ttrace doctor` tells what this machine allows, and what it does not where something is taken away.
. "$(dirname "$0")/../lib.sh"
need_command jq

# state NAME: of the check in the last report.
state() { jq -r --arg name "$1" '.checks[] | select(.name == $name) | .state' "$TMP/out"; }

status=$(status_of "$TTRACE" doctor -f json)
same "doctor: a report" ttrace-doctor/1 "$(jq -r .schema "$TMP/out")"
same "doctor: what is not fine has a cost and a remedy" 0 \
	"$(jq '[.checks[] | select((.state == "fine") != (.lost == null and .mend == null))] | length' "$TMP/out")"
same "doctor: exit status" "$status" "$(jq '[.checks[] | select(.state == "missing")] | length | if . > 0 then 1 else 0 end' "$TMP/out")"
same "doctor: ptrace" fine "$(state ptrace)"
same "doctor: ... and so ttrace runs" 0 "$(status_of "$TTRACE" -q true)"
status_of "$TTRACE" doctor >/dev/null
contains "doctor: text" '^fine     ptrace: ' "$TMP/out"

if command -v strace >/dev/null; then
	same "doctor under strace: something is missing" 1 \
		"$(status_of strace -f -o /dev/null "$TTRACE" doctor -f json)"
	same "doctor under strace: ptrace" missing "$(state ptrace)"
	contains "doctor under strace: who traces" 'strace\[[0-9]+\] traces ttrace' "$TMP/out"
fi
status_of setpriv --no-new-privs "$TTRACE" doctor -f json >/dev/null
same "doctor with no_new_privs" limited "$(state container)"
if [ "$(id -u)" = 0 ]; then
	cp "$TTRACE" "$TMP/ttrace" && chmod 755 "$TMP" "$TMP/ttrace"
	status_of setpriv --reuid 65534 --clear-groups "$TMP/ttrace" doctor -f json >/dev/null
	same "doctor as an ordinary user: privileges" limited "$(state privileges)"
	same "doctor as an ordinary user: set-user-ID programs" limited "$(state seccomp)"
fi
