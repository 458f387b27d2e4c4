#!/bin/bash
# A target may die between any two things that ttrace does with it. Here it dies once at each: ttrace
# must end, say so, and leave nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"

killer=$(compile -fPIC -shared killer) || skip_all "the killer cannot be built: $(head -1 "$TMP/.cc")"
done=$TMP/done

# dies_at N OPTION... COMMAND...: 0 if the target was killed and all went well, 1 if ttrace was done
# with it before, 2 if something is wrong.
dies_at() {
	local n=$1 status=0
	shift
	rm -f "$done" "$REPORT"
	timeout -s KILL "$DEADLINE" env KILL_AT="$n" KILL_DONE="$done" LD_PRELOAD="$killer" \
		"$TTRACE" -o "$REPORT" "$@" </dev/null >"$TMP/out" 2>"$TMP/err" || status=$?
	[ -e "$done" ] || return 1
	# 137 from timeout itself would leave no report. Before the program runs, it cannot be run: 125.
	[ $status = 125 ] || [ -s "$REPORT" ] || return 2
	! pgrep -f "$mark" >/dev/null || return 2
}

# dies_everywhere NAME OPTION... COMMAND...
dies_everywhere() {
	local name=$1 n=0 status
	shift
	while :; do
		n=$((n + 1))
		status=0
		dies_at $n "$@" || status=$?
		[ $status = 0 ] || break
	done
	if [ $status = 1 ] && [ $n -gt 20 ]; then
		ok "$name: dies at each place"
		echo "# $((n - 1)) places"
	else
		not_ok "$name: dies at place $n" "status $status"
		sed 's/^/# /' "$TMP/err" "$REPORT"
	fi
}

mark=$TMP/behaviour
for flags in "" -m32; do
	# shellcheck disable=SC2086  # flags are words
	program=$(compile $flags behaviour) || continue
	for what in spawn thread_exec; do
		dies_everywhere "$what gcc $flags" --clock 2030-01-01 "$program" $what
	done
done
if [ -x "$ROOT/usr/bin/sudo" ] && [ "$(id -u)" = 0 ]; then
	mark="busybox stat /run"
	dies_everywhere "i386 past 2038" --root "$ROOT" --clock 2038-01-19 sh -c "$mark | cat"
fi
