#!/bin/bash
# What real i386 programs do under ttrace against what they did on machines whose clock truly was
# past 2038, and, as a control, in 2026: the outcome, the message, and whether a finding says why.
# tests/truth/known-differences.tsv lists by name what cannot agree, and the reason.
. "$(dirname "$0")/../lib.sh"
need_root
need_rootfs
need_command python3
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

# compare_with SIDE CLOCK OPTION...
compare_with() {
	local side=$1 clock=$2
	shift 2
	python3 "$TRUTH/compare.py" --runs "$TMP/runs.jsonl" --clock "$clock" \
		--truth "$TRUTH/truth-$side.jsonl" --verdicts "$TRUTH/verdicts.tsv" \
		--known "$TRUTH/known-differences.tsv" "$@" >"$TMP/$side"
	show "$TMP/$side"
}

"$TRUTH/root.sh" "$ROOT" "$BUILD/rootfs-truth" || skip_all "the corpus's root cannot be made here"
python3 "$TRUTH/run.py" --ttrace "$TTRACE" --root "$BUILD/rootfs-truth" \
	--corpus "$TRUTH/corpus.tsv" --clock $CLOCK_2038 --clock $CLOCK_2026 "$@" >"$TMP/runs.jsonl"
compare_with 2038 $CLOCK_2038
compare_with 2026 $CLOCK_2026 --control
