#!/bin/bash
# Audits a root file system with several machines, by GNU parallel over ssh, and joins what they
# found:
#
#     samples/audit-parallel.sh /shared/armhf-root /shared/audit one.example,two.example,:
#
# ":" is this machine. ttrace must be in the PATH of each (or TTRACE name it), and the root and the
# directory for the results be there under the same names. Run again after an interruption, it goes
# on where it stood.
set -eu
[ $# -ge 2 ] || { echo "usage: audit-parallel.sh ROOT DIRECTORY [HOST,HOST... [OPTION...]]" >&2; exit 2; }
root=$1 results=$2 hosts=${3:-:}
shift $(($# < 3 ? $# : 3))
ttrace=${TTRACE:-ttrace}
shares=${SHARES:-$(($(tr ',' '\n' <<<"$hosts" | wc -l) * 4))}

mkdir -p "$results"
options=
[ $# = 0 ] || options=$(printf '%q ' "$@")
seq "$shares" | parallel --will-cite --sshlogin "$hosts" --jobs 1 --halt soon,fail=1 \
	"$ttrace audit --quiet --shard {}/$shares --db ${results@Q}/shard-{}.db \
		-o ${results@Q}/shard-{}.json $options ${root@Q}"
"$ttrace" audit --quiet --merge --db "$results/all.db" -o "$results/audit.json" "$results"/shard-*.db
