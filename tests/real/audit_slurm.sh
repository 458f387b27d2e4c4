#!/bin/bash
# samples/audit.slurm run by a real Slurm on this machine, and samples/audit-parallel.sh by GNU
# parallel: an audit in shares gives what one in a single piece does.
. "$(dirname "$0")/../lib.sh"
need_root
need_rootfs
need_command jq
need_command python3

# Few files, so that it is the machinery that is tested: programs, libraries and what they need.
tree=$TMP/root
mkdir -p "$tree/usr/bin" "$tree/usr/lib" "$tree/etc"
for name in bin lib sbin; do ln -s "usr/$name" "$tree/$name"; done
cp -a "$ROOT"/usr/bin/{ls,touch,date,tar,find,sudo,perl,true,cat,env} "$tree/usr/bin/"
cp -a "$ROOT/usr/lib/i386-linux-gnu" "$tree/usr/lib/"
cp -a "$ROOT"/lib/ld-linux.so.2 "$tree/usr/lib/" 2>/dev/null || true

# verdicts REPORT: each file with its verdict and findings, for comparison.
verdicts() {
	jq -S '[.files[] | {path, verdict, findings}] + [.findings[] | {file, id, symbol, level}] | sort' "$1"
}
"$TTRACE" audit -q -o "$TMP/whole.json" "$tree" || true
same "audit: there is something to find" true "$(jq '[.files[] | select(.verdict == "breaks")] | length > 3' "$TMP/whole.json")"

if command -v parallel >/dev/null; then
	check "audit-parallel: ends well" env TTRACE="$TTRACE" SHARES=3 \
		"$SOURCE/samples/audit-parallel.sh" "$tree" "$TMP/parallel" :
	same "audit-parallel: the shares give the whole" "$(verdicts "$TMP/whole.json")" \
		"$(verdicts "$TMP/parallel/audit.json")"
else
	skip "audit-parallel" "GNU parallel is not installed"
fi

for name in slurmctld slurmd munged sbatch; do
	command -v $name >/dev/null || skip_all "$name is not installed (slurm-wlm, munge)"
done
. "$SOURCE/tests/slurm.sh"
trap 'stop_slurm; finish' EXIT
start_slurm >"$TMP/start" 2>&1 || { sed 's/^/# /' "$TMP/start"; skip_all "Slurm does not come up here"; }

status=0
TTRACE=$TTRACE timeout 120 sbatch --wait --array=1-3 --cpus-per-task=1 --output="$TMP/task-%a" \
	"$SOURCE/samples/audit.slurm" "$tree" "$TMP/results" >"$TMP/out" 2>&1 || status=$?
same "slurm: each task of the array ends well" 0 "$status"
sed 's/^/# /' "$TMP"/task-*
same "slurm: the shares give the whole" "$(verdicts "$TMP/whole.json")" \
	"$(verdicts "$TMP/results/audit.json")"
same "slurm: three shares, none of them everything" "true" \
	"$(jq -s --argjson all "$(jq '.files | length' "$TMP/whole.json")" \
		'length == 3 and all(.[]; (.files | length) < $all)' "$TMP"/results/shard-?.json)"

stop_slurm
left=0
for name in slurmctld slurmd munged; do
	pid=$(pgrep -f "^[^ ]*$name .*$SLURM" || true)
	for one in $pid; do ! is_running "$one" || left=1; done
done
same "slurm: no daemon is left" 0 "$left"
