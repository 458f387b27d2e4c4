#!/bin/bash
# Each format on real runs: by the schema or the reader that others have for it.
# shellcheck disable=SC2016  # jq and inner shells expand them
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
PYTHON=/usr/bin/python3   # Debian's, which has python3-jsonschema
SCHEMAS=$SOURCE/docs/schema

schema() { "$PYTHON" "$SOURCE/tests/formats/schema.py" "$@"; }

# The standard's schema of SARIF, which comes in a package for npm.
sarif_schema() {
	local folder=$BUILD/npm/jest-sarif package=@microsoft/jest-sarif@1.0.0-beta.0
	if [ ! -d "$folder/package" ]; then
		command -v npm >/dev/null || return 1
		mkdir -p "$folder"
		(cd "$folder" && timeout 60 npm pack --silent "$package" && tar xzf ./*.tgz) >/dev/null || return 1
	fi
	echo "$folder/package/lib/schemas/sarif-2.1.0-rtm.5.json"
}

# reports NAME OPTION... COMMAND...: runs COMMAND and has every format of the report checked.
reports() {
	local name=$1 formats=()
	shift
	for extension in json jsonl sarif xml trace.json txt; do formats+=(-o "$TMP/r.$extension"); done
	rm -f "$TMP"/r.*
	status_of timeout -s KILL "$DEADLINE" "$TTRACE" "${formats[@]}" "$@" >/dev/null
	check "$name: json follows its schema" schema "$SCHEMAS/ttrace-report-1.json" "$TMP/r.json"
	check "$name: jsonl follows its schema" schema "$SCHEMAS/ttrace-jsonl-1.json" "$TMP/r.jsonl"
	if [ -n "$sarif" ]; then
		check "$name: sarif follows the standard's schema" schema "$sarif" "$TMP/r.sarif"
	else
		skip "$name: sarif follows the standard's schema" "npm does not give it here"
	fi
	same "$name: sarif has each finding" "$(jq '.findings | length' "$TMP/r.json")" \
		"$(jq '.runs[0].results | length' "$TMP/r.sarif")"
	check "$name: sarif is what code scanning takes" "$PYTHON" "$SOURCE/tests/formats/code_scanning.py" "$TMP/r.sarif"
	check "$name: every result has a line and a rule" jq -e '.runs[0] | .tool.driver.rules as $rules
		| all(.results[]; .locations[0].physicalLocation.region.startLine >= 1
			and $rules[.ruleIndex].id == .ruleId)' "$TMP/r.sarif"
	check "$name: trace is what Perfetto reads" "$PYTHON" "$SOURCE/tests/formats/trace.py" "$TMP/r.trace.json"
	same "$name: junit counts the findings" "$(jq '.findings | length + 1' "$TMP/r.json")" \
		"$("$PYTHON" -c 'import sys, xml.etree.ElementTree as tree
print(len(tree.parse(sys.argv[1]).findall("testsuite/testcase")))' "$TMP/r.xml")"
}

sarif=$(sarif_schema) || sarif=
"$PYTHON" -c 'import jsonschema' 2>/dev/null || skip_all "needs python3-jsonschema"

reports "connects" --slow 10ms --connect '127.0.0.1:9=delay:50ms' bash -c \
	'for i in 1 2; do (exec 3<>/dev/tcp/127.0.0.1/9) & done; wait; ls /nowhere; exit 3' 2>/dev/null
same "connects: the blocked ones are slices of their length" 2 "$(jq '[.traceEvents[]
	| select(.ph == "X" and .name == "connect 127.0.0.1:9" and .dur >= 50000)] | length' "$TMP/r.trace.json")"
same "connects: jsonl has a line for each" 2 \
	"$(jq -s '[.[] | select(.kind == "connect" and .to.port == 9)] | length' "$TMP/r.jsonl")"

program=$(compile crashes)
reports "a crash" "$program" fault
check "a crash: its story is a code flow" jq -e '.runs[0].results[]
	| select(.ruleId == "crash.signal") | .codeFlows[0].threadFlows[0].locations | length > 1' "$TMP/r.sarif"

mkdir "$TMP/<"
evil=$TMP/'</script><img src=x onerror=alert(1)>&"[a](b)'$'\x1b]0;x\x07\xff\u2028'
cp /bin/sleep "$evil"
reports "a hostile name" --timeout 100ms "$evil" 10
check "a hostile name: no byte of it acts on a terminal" bash -c '! LC_ALL=C grep -lP "[^\n\x20-\x7e]" "$TMP"/r.*'

program=$TMP/eoverflow
if gcc -m32 -g -o "$program" "$SOURCE/samples/eoverflow_time.c" 2>/dev/null; then
	reports "past 2038" --clock 2038-01-19 "$program"
fi

mkfifo "$TMP/fifo"
(read -r first && echo "$first" >"$TMP/first" && date +%s.%N >"$TMP/first-at" && cat) <"$TMP/fifo" >/dev/null &
"$TTRACE" -f jsonl -o "$TMP/fifo" sleep 1
date +%s.%N >"$TMP/end-at"
wait
same "jsonl comes while the run goes on" true "$(jq -n "$(<"$TMP/end-at") - $(<"$TMP/first-at") > 0.5")"
same "... whole lines" '"process-execed"' "$(jq .kind "$TMP/first")"

# peak FORKS: the largest memory in KiB of ttrace telling of that many processes, event by event.
peak() {
	"$PYTHON" -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
		"$TTRACE" -o "$TMP/r.jsonl" -o "$TMP/r.trace" -o "$TMP/r.xml" bash -c "for ((i = 0; i < $1; i++)); do (:); done"
}
few=$(peak 100) many=$(peak 1600)
check "memory does not grow with the events ($few, $many KiB)" test "$many" -lt $((few + 4096))

"$BUILD/tests/ttrace_many_findings" sarif 50000 >"$TMP/many.sarif"
check "50,000 findings are as many as code scanning takes" "$PYTHON" "$SOURCE/tests/formats/code_scanning.py" "$TMP/many.sarif"
same "... 25,000" 25000 "$(jq '.runs[0].results | length' "$TMP/many.sarif")"
check "... and says how many are left out" jq -e '.runs[0].invocations[0].toolExecutionNotifications[0].message.text
	| startswith("25000 results are left out")' "$TMP/many.sarif"

status_of "$TTRACE" -o "$TMP/old.json" -o "$TMP/old.jsonl" bash -c 'kill -SEGV $$' >/dev/null
new() { status_of "$TTRACE" --baseline "$TMP/old.json" --fail-on error -o "$TMP/new.json" -o "$TMP/new.txt" "$@"; }
same "--baseline: nothing new is no failure" 139 "$(new bash -c 'kill -SEGV $$')"
same "... and no finding" 0 "$(jq '.findings | length' "$TMP/new.json")"
contains "... but they are counted" "$(jq '.findings | length' "$TMP/old.json") findings? known from" \
	<(tr '\n' ' ' <"$TMP/new.txt")
same "--baseline in jsonl: nothing new" 139 "$(status_of "$TTRACE" --baseline "$TMP/old.jsonl" --fail-on error bash -c 'kill -SEGV $$')"
same "--baseline: something new is a failure" 10 "$(new bash -c 'kill -ABRT $$')"
same "... and is told" '"SIGABRT"' "$(jq '.findings[] | select(.id == "crash.signal") | .crash.signal' "$TMP/new.json")"
