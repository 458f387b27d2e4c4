# shellcheck shell=bash
# Many runs beside each other, each of which meets a program POINTS times with --crash: sourced after
# trace.sh by the scripts whose cases are the cells of a matrix.
ulimit -S -c 0
POINTS=20
JOBS=$(nproc)
MARK=ttrace-crash-matrix-$$   # in the environment of all that is started here
export MARK
mkdir "$TMP/cells"
cells=0

# apart NUMBER COMMAND...: runs COMMAND with files of its own.
apart() {
	local TMP=$TMP/cells/$1.files
	local REPORT=$TMP/report.json
	mkdir "$TMP"
	cd "$TMP" || exit
	"${@:2}"
}
# cell COMMAND...: runs COMMAND, whose cases are counted later, beside others.
cell() {
	cells=$((cells + 1))
	[ "$(jobs -rp | wc -l)" -lt "$JOBS" ] || wait -n
	apart $cells "$@" >"$(printf '%s/cells/%04d' "$TMP" $cells)" 2>&1 &
}
# told_each NAME SIGNAL: the last run tells the story of each point.
told_each() {
	same "$1, $2: the story is told, $POINTS times" "$POINTS []" "$(jq -r '"\([.findings[] | select(
		.id == "crash.signal" and .crash.injected and .crash.signal == "'"SIG$2"'"
		and (.crash.steps | length) > 1)] | length) \(.run.limits)"' "$REPORT" 2>&1)"
}
# end_cells NAME: prints the cases of all cells; and nothing that they started may be left.
end_cells() {
	wait
	cat "$TMP"/cells/[0-9]???
	# shellcheck disable=SC2034  # lib.sh reads it
	not_ok_count=$(cat "$TMP"/cells/[0-9]??? | grep -c '^not ok' || true)
	same "$1: nothing is left" "" "$(left)"
}
# left: processes of this test that still run, by name.
left() {
	local file pid comm
	# shellcheck disable=SC2013  # names without spaces
	for file in $(grep -la "MARK=$MARK" /proc/[0-9]*/environ 2>/dev/null); do
		pid=${file#/proc/}
		comm=$(ps -o comm= -p "${pid%/environ}" || true)
		case $comm in "" | bash | grep | ps | timeout) ;; *) echo "$comm" ;; esac
	done
}
