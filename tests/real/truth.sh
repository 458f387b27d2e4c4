#!/bin/bash
# What real i386 programs do under ttrace against what they did on machines whose clock truly was
# past 2038, and, as a control, in 2026: the outcome, the message, and whether a finding says why.
# tests/truth/known-differences.tsv lists by name what cannot agree, and the reason.
. "$(dirname "$0")/../lib.sh"
need_root
need_rootfs
need_command python3
need_command jq
need_command unshare

TRUTH=$SOURCE/tests/truth
CLOCK_2038=2038-01-19T04:00:08Z
CLOCK_2026=2026-06-01T04:00:00Z

# show RESULTS: compare.py's lines as cases; its notes are for people.
show() {
	local verdict name why
	while IFS=$'\t' read -r verdict name why; do
		case $verdict in
		ok) ok "$name" ;;
		skip) skip "$name" "$why" ;;
		not_ok) not_ok "$name" "$why" ;;
		*) echo "$verdict${name:+ $name}" ;;
		esac
	done <"$1"
}

# compare SIDE CLOCK OPTION...: into $TMP/SIDE
compare() {
	local side=$1 clock=$2
	shift 2
	python3 "$TRUTH/compare.py" --runs "$TMP/runs.jsonl" --clock "$clock" \
		--truth "$TRUTH/truth-$side.jsonl" --verdicts "$TRUTH/verdicts.tsv" \
		--known "$TRUTH/known-differences.tsv" "$@" >"$TMP/$side"
}
compare_both() {
	compare 2038 $CLOCK_2038
	compare 2026 $CLOCK_2026 --control
}

# run JOBS NAME...: those commands, or all
run() {
	local jobs=$1
	shift
	python3 "$TRUTH/run.py" --ttrace "$TTRACE" --root "$BUILD/rootfs-truth" --jobs "$jobs" \
		--corpus "$TRUTH/corpus.tsv" --clock $CLOCK_2038 --clock $CLOCK_2026 "$@"
}

# A few of the commands race with what they leave behind (a daemon that is about to die is still
# counted): beside another command that can go either way. What differs is run again alone, and told.
repeat_alone() {
	local names
	mapfile -t names < <(sed -nE 's/^not_ok\ttruth-[^-]*-([^\t]*)\t.*/\1/p' "$TMP/2038" "$TMP/2026" | sort -u)
	[ ${#names[@]} -gt 0 ] && [ ${#names[@]} -le 3 ] || return 0
	echo "# again, alone: ${names[*]}"
	grep -h '^not_ok' "$TMP/2038" "$TMP/2026" | sed 's/^/# /'
	jq -c 'select(.id | IN($ARGS.positional[]) | not)' "$TMP/runs.jsonl" --args "${names[@]}" >"$TMP/rest"
	run 1 "${names[@]}" >>"$TMP/rest"
	mv "$TMP/rest" "$TMP/runs.jsonl"
	compare_both
}

"$TRUTH/root.sh" "$ROOT" "$BUILD/rootfs-truth" || skip_all "the corpus's root cannot be made here"
run 2 "$@" >"$TMP/runs.jsonl"
compare_both
repeat_alone
show "$TMP/2038"
show "$TMP/2026"
