#!/bin/bash
# The formats of `ttrace audit` on real trees: by the schemas that are shipped, and by the reader that
# others have for them.
# shellcheck disable=SC2016  # inner shells expand them
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
PYTHON=/usr/bin/python3   # Debian's, which has python3-jsonschema
SCHEMAS=$SOURCE/docs/schema
"$PYTHON" -c 'import jsonschema' 2>/dev/null || skip_all "needs python3-jsonschema"

schema() { "$PYTHON" "$SOURCE/tests/formats/schema.py" "$@"; }

# reports NAME ARGUMENT...: every format of one audit, checked.
reports() {
	local name=$1 formats=()
	shift
	for extension in json jsonl sarif xml; do formats+=(-o "$TMP/r.$extension"); done
	rm -f "$TMP"/r.*
	same "$name: exit status" 0 "$(status_of timeout -s KILL "$DEADLINE" "$TTRACE" audit -q "${formats[@]}" "$@")"
	check "$name: json follows its schema" schema "$SCHEMAS/ttrace-audit-1.json" "$TMP/r.json"
	check "$name: jsonl follows its schema" schema "$SCHEMAS/ttrace-audit-jsonl-1.json" "$TMP/r.jsonl"
	same "$name: jsonl says what json says" "$(jq -S '{packages, files, findings, taints, totals, trees}' "$TMP/r.json" | sha256sum)" \
		"$(jq -sS 'def all($type): map(select(.type == $type) | del(.type)); {packages: all("package"),
			files: all("file"), findings: all("finding"), taints: all("taint"), totals: .[-1].totals,
			trees: .[-1].trees}' "$TMP/r.jsonl" | sha256sum)"
	same "$name: jsonl ends with the audit itself" run "$(tail -n 1 "$TMP/r.jsonl" | jq -r .type)"
	check "$name: sarif is what code scanning takes" "$PYTHON" "$SOURCE/tests/formats/code_scanning.py" "$TMP/r.sarif"
	same "$name: sarif has each finding" "$(jq '.findings | length' "$TMP/r.json")" \
		"$(jq '.runs[0].results | length' "$TMP/r.sarif")"
	same "$name: junit has a test for each file" "$(jq '.files | length' "$TMP/r.json")" \
		"$("$PYTHON" -c 'import sys, xml.etree.ElementTree as tree
print(len(tree.parse(sys.argv[1]).findall("testsuite/testcase")))' "$TMP/r.xml")"
}

mkdir "$TMP/<"
evil=$TMP/'</script><img src=x onerror=alert(1)>&"[a](b)'$'\x1b]0;x\x07\xff\u2028'
cp /bin/sleep "$evil"
printf '\x7fELF\x01\x01' >"$TMP/broken.so"
reports "hostile names and a broken file" "$evil" "$TMP/broken.so"
check "hostile names: no byte of them acts on a terminal" bash -c \
	'! LC_ALL=C grep -lP "[^\n\x20-\x7e]" "$TMP"/r.json "$TMP"/r.jsonl "$TMP"/r.sarif'
head -n 1 "$TMP/r.jsonl" | jq -c 'del(.verdict)' >"$TMP/wrong.jsonl"
same "a line without its verdict is none of the format" 1 \
	"$(status_of schema "$SCHEMAS/ttrace-audit-jsonl-1.json" "$TMP/wrong.jsonl")"

if [ -d "$ROOT/usr" ]; then
	reports "the i386 root" "$ROOT"
	same "-f jsonl writes to standard output" "$(wc -l <"$TMP/r.jsonl")" \
		"$("$TTRACE" audit -q -f jsonl "$ROOT" | wc -l)"
	same "--baseline: what is known is marked" true "$("$TTRACE" audit -q --baseline "$TMP/r.json" -f jsonl "$ROOT" |
		jq -s 'map(select(.type == "finding") | .known) | all')"
else
	skip "the i386 root" "no i386 root file system at $ROOT"
fi
