#!/bin/bash
# --record and `ttrace report`: a recording gives offline what the run gave live, whatever became of
# ttrace meanwhile.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
cd "$TMP" || exit

# replayed NAME OPTION... COMMAND...: runs it with a recording; both reports, in json and in text, are
# the same.
replayed() {
	local name=$1 look=()
	shift
	case $1 in -q | -v) look=("$1") ;; esac
	rm -f live.* late.* run.ttr
	timeout -s KILL "$DEADLINE" "$TTRACE" --record run.ttr -o live.json -o live.txt -o live.jsonl "$@" \
		>out 2>err </dev/null || true
	"$TTRACE" report "${look[@]}" run.ttr -o late.json -o late.txt -o late.jsonl >late.out 2>late.err || true
	same "$name: report prints nothing else" "" "$(cat late.out late.err)"
	for format in json txt jsonl; do
		if [ -e live.$format ] && cmp -s live.$format late.$format; then
			ok "$name: the same $format"
		else
			not_ok "$name: the same $format" "live and offline differ"
			diff live.$format late.$format | head -20 | sed 's/^/# /' || true
		fi
	done
}
findings() { jq '.findings | length' "${1:-late.json}"; }

replayed "nothing found" true
for source in "$SOURCE"/samples/*.c; do
	name=$(basename "$source" .c)
	gcc -m32 -g -O0 -w -o "$name" "$source" -lpthread 2>/dev/null || continue
	options=$(sed -n 's,^// ttrace: *,,p' "$source")
	# shellcheck disable=SC2086  # options are words
	replayed "sample $name" ${options:---clock 2038-01-19} "./$name"
done
replayed "perl, sh and children" --clock 2038-01-19 sh -c 'perl -e "print time"; date; exit 3'
if [ -x "$ROOT/usr/bin/sudo" ] && [ "$(id -u)" = 0 ]; then
	replayed "sudo of i386" --root "$ROOT" --clock 2038-01-19 sudo ls
	check "sudo of i386: findings" [ "$(findings)" -gt 0 ]
	size=$(stat -c %s run.ttr)
	check "sudo of i386: it is compact ($size bytes)" [ "$size" -lt "$(stat -c %s live.jsonl)" ]
fi

# On another machine: without the files, as another user.
gcc -m32 -g -O0 -w -o eoverflow "$SOURCE/samples/eoverflow_time.c"
replayed "a sample" --clock 2038-01-19 ./eoverflow
mv eoverflow elsewhere
"$TTRACE" report run.ttr -o gone.json
check "without the program: the same findings" cmp -s live.json gone.json
mv elsewhere eoverflow

same "report --fail-on: status" 10 "$(status_of "$TTRACE" report --fail-on error run.ttr)"
same "report without it: status" 0 "$(status_of "$TTRACE" report run.ttr)"
same "report --analyze: others only" 0 "$("$TTRACE" report --analyze connect -f json run.ttr 2>&1 | findings /dev/stdin)"
same "report -q: findings only" "$("$TTRACE" -q --clock 2038-01-19 ./eoverflow 2>&1 | grep -c '^error:')" \
	"$("$TTRACE" report -q run.ttr 2>&1 | grep -c '^error:')"

# Of two recordings, what the second has alone.
# shellcheck disable=SC2016  # perl's
"$TTRACE" --record perl.ttr -o perl.json perl -e 'kill "SEGV", $$' || true
check "report --baseline: there is something" [ "$(findings perl.json)" -gt 0 ]
same "report --baseline: nothing new" 0 "$(status_of "$TTRACE" report --baseline perl.json --fail-on note -o new.json perl.ttr)"
same "report --baseline: which are counted" "0 perl.json $(findings perl.json)" \
	"$(jq -r '"\(.findings | length) \(.run.baseline.file) \(.run.baseline.known)"' new.json)"
"$TTRACE" report --analyze connect -f json perl.ttr 2>few.json
same "report --baseline: all are new" 10 "$(status_of "$TTRACE" report --baseline few.json --fail-on error -o new.json perl.ttr)"
same "report --baseline: and told" "$(findings perl.json)" "$(findings new.json)"
same "report --baseline of no report" 125 "$(status_of "$TTRACE" report --baseline run.ttr perl.ttr)"

# ttrace dies: everything until then is there.
"$TTRACE" --record killed.ttr -o /dev/null --clock 2038-01-19 \
	sh -c './eoverflow; echo ready >ready; sleep 60' >/dev/null 2>&1 &
tracer=$!
for _ in {1..600}; do [ -e ready ] || sleep 0.05; done
kill -KILL $tracer
wait $tracer 2>/dev/null || true
same "ttrace killed: there is a report" 0 "$(status_of "$TTRACE" report -f json -o killed.json killed.ttr)"
same "ttrace killed: with its finding" "$(findings live.json)" "$(findings killed.json)"
same "ttrace killed: which says so" true "$(jq '.run.limits | any(test("has no end"))' killed.json)"
head -c $(($(stat -c %s run.ttr) - 5)) run.ttr >cut.ttr
same "cut off: still a report" 0 "$(status_of "$TTRACE" report -f json -o cut.json cut.ttr)"

# Names that were not known then: from a debuginfod server, here one on the loopback interface.
gcc -m32 -g -O0 -w -Wl,--build-id -o named "$SOURCE/samples/eoverflow_time.c"
id=$(readelf -n named | sed -n 's/.*Build ID: //p')
mkdir -p "served/buildid/$id"
cp named "served/buildid/$id/executable"
cp named "served/buildid/$id/debuginfo"
strip named
replayed "stripped" --clock 2038-01-19 ./named
# shellcheck disable=SC2016  # jq's
from_main='[.findings[].stack[] | select(.module | endswith("/named")) | .function] | any(. == "main")'
same "stripped: main is not named" false "$(jq "$from_main" late.json)"
mv named "stripped-and-gone"
"$TTRACE" report run.ttr -o gone.json
same "stripped and gone: nor then" false "$(jq "$from_main" gone.json)"
python3 -u -m http.server --bind 127.0.0.1 --directory served 0 >server.log 2>&1 &
server=$!
trap 'kill $server; finish' EXIT
for _ in {1..200}; do grep -q 'port [1-9]' server.log || sleep 0.05; done
port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' server.log)
same "debuginfod: status" 0 "$(status_of env DEBUGINFOD_URLS="http://127.0.0.1:$port" \
	DEBUGINFOD_CACHE_PATH="$TMP/cache" "$TTRACE" report run.ttr -o served.json)"
same "debuginfod: main is named" true "$(jq "$from_main" served.json)"
same "debuginfod: with its line" true "$(jq '[.findings[].stack[] | select(.function == "main") | .line]
	| any(. != null)' served.json)"

for wrong in /etc/passwd /nonexistent . /dev/null; do
	same "report $wrong: refused" 125 "$(status_of "$TTRACE" report "$wrong")"
	contains "report $wrong: with a message" '^ttrace: ' err
done
same "report without a file: refused" 125 "$(status_of "$TTRACE" report)"
same "report of two: refused" 125 "$(status_of "$TTRACE" report run.ttr run.ttr)"
same "report does not run with --clock" 125 "$(status_of "$TTRACE" report --clock 2038-01-19 run.ttr)"
same "a recording that cannot be written: nothing runs" 125 \
	"$(status_of "$TTRACE" --record /nonexistent/x touch ran)"
check "a recording that cannot be written: nothing ran" [ ! -e ran ]
same "a recording on a full disk: told" 125 "$(status_of "$TTRACE" --record /dev/full true)"
