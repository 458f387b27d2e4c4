# shellcheck shell=bash
# Attaching to a process in a test, and seeing that it is as it was: sourced after trace.sh.

# attach SECONDS OPTION...: runs ttrace attach, and Ctrl-C so long after it has attached, or the signal
# $SIGNAL; the report is in $REPORT. Prints the exit status.
attach() {
	local seconds=$1 status=0
	shift
	rm -f "$REPORT" "$TMP/err"   # else what the last one said would be taken for this one's
	# The shell has background jobs ignore Ctrl-C.
	timeout -k 20 "$DEADLINE" env --default-signal=INT "$TTRACE" attach -o "$REPORT" "$@" >"$TMP/out" 2>"$TMP/err" &
	local tracer=$!
	wait_until grep -q 'attached to' "$TMP/err" || true
	sleep "$seconds"
	kill "-${SIGNAL:-INT}" $tracer 2>/dev/null || true   # timeout passes it on
	wait $tracer || status=$?
	echo $status
}

# start_attached PROGRAM...: starts tests/programs/attached.c or its like, and waits until it is ready. Sets target;
# writing a line to descriptor 7 ends it.
start_attached() {
	mkfifo "$TMP/control"
	"$@" <"$TMP/control" >"$TMP/target.out" 7>&- &
	target=$!
	exec 7>"$TMP/control"
	rm "$TMP/control"
	wait_until grep -q ready "$TMP/target.out"
}

# end_attached NAME: ok if the program found nothing wrong until now.
end_attached() {
	echo >&7
	exec 7>&-
	wait_until ended "$target" || kill -KILL "$target"
	local status=0
	wait "$target" || status=$?
	same "$1" "ready well 0" "$(tr '\n' ' ' <"$TMP/target.out")$status"
}

ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

# wait_until COMMAND...: ok once it succeeds, within ten seconds.
wait_until() {
	for _ in {1..200}; do
		! "$@" 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

state_of() { python3 "$SOURCE/tests/programs/state_of.py" "$1"; }
