#!/bin/bash
# The audit's database: whole after a kill at any point, shared by several writers, joined from
# shards, and what --baseline makes of an earlier report.
. "$(dirname "$0")/../lib.sh"
need_command jq
need_command sqlite3
need_rootfs
PART=$ROOT/usr/bin
DB=$TMP/audit.db

audit() { status_of timeout -s KILL 120 "$TTRACE" audit -q -f json "$@"; }
# results DATABASE: all that an audit found, in an order of its own.
results() {
	sqlite3 "$1" "SELECT f.path, f.kind, f.machine, f.libc, f.time_bits, p.name, x.id, x.level, x.symbol, x.library,
		x.entry FROM file f LEFT JOIN finding x ON x.file = f.id LEFT JOIN package p ON p.id = f.package
		WHERE f.asked ORDER BY 1, 7, 9, 10, 11" | sha256sum
}

same "an audit with --db" 0 "$(audit --db "$TMP/whole.db" -o "$TMP/whole.json" "$ROOT")"
whole=$(results "$TMP/whole.db")
same "its database is one of ttrace's" "1 1953788513" \
	"$(sqlite3 "$TMP/whole.db" "PRAGMA user_version; PRAGMA application_id" | paste -sd' ')"
# The last two come with --run.
# shellcheck disable=SC2016  # it is sed's
same "every table of the documentation" "$(sed -nE 's/^\| `([a-z]+)` \|.*/\1/p' "$SOURCE/docs/audit-schema.md" | sort -u)" \
	"$(sqlite3 "$TMP/whole.db" "SELECT name FROM sqlite_schema WHERE type = 'table' UNION SELECT 'run' UNION SELECT 'seen' ORDER BY 1")"
same "every file of a package has it" dpkg \
	"$(sqlite3 "$TMP/whole.db" "SELECT DISTINCT p.manager FROM file f JOIN package p ON p.id = f.package")"
same "a package" "sudo breaks 0" \
	"$(jq -r '.packages[] | select(.name == "sudo") | "\(.name) \(if .breaks > 0 then "breaks" else "fine" end) \(.unreadable)"' "$TMP/whole.json")"

killed=0
for pause in 0.01 0.02 0.03 0.05 0.08 0.12 0.2; do
	timeout -s KILL $pause "$TTRACE" audit -q --db "$DB" "$ROOT" >/dev/null 2>&1 || killed=$((killed + 1))
done
echo "# killed $killed of 7 times"
same "after kills, the database is sound" ok "$(sqlite3 "$DB" "PRAGMA integrity_check" 2>&1)"
same "... no file is there by half" 0 \
	"$(sqlite3 "$DB" "SELECT count(*) FROM finding WHERE file NOT IN (SELECT id FROM file)")"
same "... the next audit goes on" 0 "$(audit --db "$DB" -o "$TMP/again.json" "$ROOT")"
same "... to the same result" "$whole" "$(results "$DB")"

rm -f "$DB"*
for _ in 1 2 3; do
	"$TTRACE" audit -q --db "$DB" "$ROOT" >/dev/null 2>"$TMP/err.$RANDOM" &
done
failed=0
for job in $(jobs -p); do wait "$job" || failed=$((failed + 1)); done
same "three writers on one database" 0 $failed
same "... come to the same result" "$whole" "$(results "$DB")"

for i in 1 2 3; do audit --db "$TMP/$i.db" --shard $i/3 "$ROOT" >/dev/null; done
same "shards: each file is in one" "$(sqlite3 "$TMP/whole.db" "SELECT count(*) FROM file WHERE asked")" \
	"$(for i in 1 2 3; do sqlite3 "$TMP/$i.db" "SELECT count(*) FROM file WHERE asked"; done | paste -sd+ | bc)"
same "--merge" 0 "$(audit --merge --db "$TMP/all.db" -o "$TMP/all.json" "$TMP/1.db" "$TMP/2.db" "$TMP/3.db")"
same "... comes to the result of one audit" "$whole" "$(results "$TMP/all.db")"
same "... and to its sums" "$(jq -c .totals "$TMP/whole.json")" "$(jq -c .totals "$TMP/all.json")"
same "--merge of what is no database" 125 "$(audit --merge --db "$TMP/x.db" "$TMP/whole.json")"
sqlite3 "$TMP/other.db" "CREATE TABLE t(a)"
same "--db of another program" 125 "$(audit --db "$TMP/other.db" "$PART")"

same "Ctrl-C" 130 "$(
	"$TTRACE" audit -q --db "$TMP/c.db" -f json -o "$TMP/c.json" "$ROOT" >/dev/null 2>&1 &
	sleep 0.03; kill -INT $!; status=0; wait $! || status=$?; [ $status = 0 ] && echo 130 || echo $status)"
same "... leaves a report" ttrace-audit/1 "$(jq -r .schema "$TMP/c.json")"

cp -a "$PART/dash" "$TMP/dash"
audit -o "$TMP/base.json" "$TMP/dash" >/dev/null
same "--baseline: nothing new" 0 "$(audit --fail-on error --baseline "$TMP/base.json" "$TMP/dash")"
cp -a "$PART/mawk" "$TMP/mawk"
mkdir "$TMP/two" && mv "$TMP/dash" "$TMP/mawk" "$TMP/two"
audit -o "$TMP/base.json" "$TMP/two/dash" >/dev/null
same "--baseline: one file is new" 10 "$(audit --fail-on error --baseline "$TMP/base.json" "$TMP/two")"
"$TTRACE" audit -q --baseline "$TMP/base.json" "$TMP/two" >"$TMP/out"
same "... and the only one told of" mawk "$(sed -nE 's,^breaks +.*/([a-z]+) .*,\1,p' "$TMP/out")"
"$TTRACE" audit -q -o "$TMP/base.jsonl" "$TMP/two/dash"
same "--baseline in jsonl" finding "$(jq -r .type "$TMP/base.jsonl" | grep -m1 finding)"
same "... nothing new" 0 "$(audit --fail-on error --baseline "$TMP/base.jsonl" "$TMP/two/dash")"
same "... one file is new" 10 "$(audit --fail-on error --baseline "$TMP/base.jsonl" "$TMP/two")"
sed '$d' "$TMP/base.jsonl" >"$TMP/cut.jsonl"
same "... that is cut short" 125 "$(audit --baseline "$TMP/cut.jsonl" "$TMP/two")"
"$TTRACE" audit --baseline "$TMP/cut.jsonl" "$TMP/two" >/dev/null 2>"$TMP/err" || true
contains "... is told" "cut.jsonl. is cut short" "$TMP/err"
status_of "$TTRACE" -o "$TMP/run.jsonl" true >/dev/null
same "... of a run" 125 "$(audit --baseline "$TMP/run.jsonl" "$TMP/two")"
same "--baseline of something else" 125 "$(audit --baseline "$TMP/all.db" "$TMP/two")"
