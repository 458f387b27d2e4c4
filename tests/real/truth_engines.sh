#!/bin/bash
# The corpus of real i386 programs (truth.sh) under both engines: the same findings past 2038, but for
# what tests/truth/engine-differences.tsv lists, finding by finding.
. "$(dirname "$0")/../lib.sh"
need_root
need_rootfs
need_command python3
need_command unshare

TRUTH=$SOURCE/tests/truth
"$TRUTH/root.sh" "$ROOT" "$BUILD/rootfs-truth" || skip_all "the corpus's root cannot be made here"

# run ENGINE JOBS NAME...: those commands, or all
run() {
	local engine=$1 jobs=$2
	shift 2
	python3 "$TRUTH/run.py" --ttrace "$TTRACE" --root "$BUILD/rootfs-truth" --jobs "$jobs" --engine "$engine" \
		--corpus "$TRUTH/corpus.tsv" --clock 2038-01-19T04:00:08Z "$@" >"$TMP/$engine"
}
compare() { python3 "$TRUTH/engines.py" "$TMP/ptrace" "$TMP/preload" "$1" >"$TMP/lines"; }

run ptrace 2 "$@"
run preload 2 "$@"
awk -F '\t' -v names="$*" 'NR == 1 || names == "" || index(" " names " ", " " $1 " ")' \
	"$TRUTH/engine-differences.tsv" >"$TMP/known"
compare "$TMP/known"
# A few commands race with what they leave behind: what differs is run again, alone, and told.
mapfile -t names < <(sed -nE 's/^not_ok\tengines-([^\t]*)\t.*/\1/p' "$TMP/lines")
if [ ${#names[@]} -gt 0 ] && [ ${#names[@]} -le 3 ]; then
	echo "# again, alone: ${names[*]}"
	sed 's/^/# /' <(grep -v '^ok' "$TMP/lines")
	for engine in ptrace preload; do
		cp "$TMP/$engine" "$TMP/all"
		run $engine 1 "${names[@]}"
		# The last line of a name counts.
		cat "$TMP/$engine" >>"$TMP/all"
		mv "$TMP/all" "$TMP/$engine"
	done
	compare "$TMP/known"
fi
while IFS=$'\t' read -r verdict name why; do
	case $verdict in
	ok) ok "$name" ;;
	not_ok) not_ok "$name" "$why" ;;
	*) echo "$verdict${name:+ $name}" ;;
	esac
done <"$TMP/lines"
