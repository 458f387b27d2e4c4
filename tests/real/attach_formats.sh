#!/bin/bash
# The reports of ttrace attach have the run's events, as those of a run have: lines of JSON as they
# come, a trace, a page with a time line.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
. "$SOURCE/tests/attach.sh"
need_root
need_command jq
need_command python3
PYTHON=/usr/bin/python3   # Debian's, which has python3-jsonschema
"$PYTHON" -c 'import jsonschema' 2>/dev/null || skip_all "needs python3-jsonschema"
own_network
ip addr add 10.9.1.1/24 dev lo
ip route add 10.9.0.0/24 dev lo   # not ours, not to be forwarded: dropped

# One thread is blocked in a connect before ttrace comes; a shell is run while it is there.
cat >"$TMP/target.py" <<'PY'
import socket, subprocess, sys, threading
def blocks():
    socket.socket().connect(("10.9.0.1", 80))
threading.Thread(target=blocks, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    try:
        socket.create_connection(("127.0.0.1", 9))
    except OSError:
        pass
    subprocess.run(["sh", "-c", "exit 3"])
PY
start_attached python3 "$TMP/target.py"
sleep 0.3
others=()
for extension in jsonl trace.json html sarif txt; do others+=(-o "$TMP/r.$extension"); done
while sleep 0.4; do echo go >&7; done &
teller=$!
same "attach: exit status" 0 "$(attach 3 --record "$TMP/run.ttr" "${others[@]}" -p "$target")"
kill $teller
exec 7>&-
wait_until ended "$target" || kill -KILL "$target"

# What was recorded gives the same reports.
"$TTRACE" report "$TMP/run.ttr" -o "$TMP/late.json" -o "$TMP/late.jsonl" -o "$TMP/late.txt"
cp "$REPORT" "$TMP/r.json"
for extension in json jsonl txt; do
	same "--record: the same $extension later" "$(cat "$TMP/r.$extension")" "$(cat "$TMP/late.$extension")"
done
check "--record: with findings" jq -e '.findings | length > 1' "$TMP/late.json"

check "jsonl follows its schema" "$PYTHON" "$SOURCE/tests/formats/schema.py" \
	"$SOURCE/docs/schema/ttrace-jsonl-1.json" "$TMP/r.jsonl"
lines() { jq -s "[.[] | select(.type == \"event\" and ($1))] | length > 0" "$TMP/r.jsonl"; }
same "jsonl: a process that it made" true "$(lines '.kind == "process-execed" and .process.comm == "sh"')"
same "jsonl: how that ended" true "$(lines '.kind == "process-exited" and .code == 3')"
same "jsonl: a connect" true "$(lines '.kind == "connect" and .to.port == 9')"
same "jsonl has an event for each that is counted" "$(jq .run.events "$REPORT")" \
	"$(jq -s '[.[] | select(.type == "event")] | length' "$TMP/r.jsonl")"
check "trace is what Perfetto reads" "$PYTHON" "$SOURCE/tests/formats/trace.py" "$TMP/r.trace.json"
same "trace: a connect is a slice" true \
	"$(jq '[.traceEvents[] | select(.cat == "connect" and .name == "connect 127.0.0.1:9")] | length > 0' "$TMP/r.trace.json")"
same "trace: one that was under way at the attach begins there" 0 \
	"$(jq '.traceEvents[] | select(.cat == "connect" and .name == "connect 10.9.0.1:80") | .ts' "$TMP/r.trace.json")"
same "trace: a program is one" true \
	"$(jq '[.traceEvents[] | select(.ph == "X" and .cat == "process" and .name == "sh")] | length > 0' "$TMP/r.trace.json")"
same "html: the time line has them, too" "shells True, connects from the attach on True" "$("$PYTHON" - "$TMP/r.html" <<'END'
import json, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
data = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)[1])
lanes = [(data["strings"][lane["name"]], lane) for lane in data["timeline"]["lanes"]]
shells = any(name.startswith("sh[") and len(lane["programs"]) == 2 for name, lane in lanes)
print(f"shells {shells}, connects from the attach on", all(
    connect[0] >= 0 for _, lane in lanes for connect in lane["connects"]))
END
)"
same "sarif has each finding" "$(jq '.findings | length' "$REPORT")" "$(jq '.runs[0].results | length' "$TMP/r.sarif")"

# ttrace is killed meanwhile: everything until then was recorded.
sleep 60 &
target=$!
rm -f "$TMP/err"
"$TTRACE" attach --record "$TMP/killed.ttr" -p $target 2>"$TMP/err" &
tracer=$!
wait_until grep -q 'has been blocked' "$TMP/err"
kill -KILL $tracer
wait $tracer 2>/dev/null || true
same "--record: ttrace killed: there is a report" 0 "$(status_of "$TTRACE" report -o "$TMP/killed.json" "$TMP/killed.ttr")"
same "--record: ttrace killed: with what was seen" "[$target] true true" "$(jq -rc '"\(.run.attached) \(
	.findings | any(.id == "process.blocked")) \(.run.limits | any(test("has no end")))"' "$TMP/killed.json")"
kill $target
same "--record: what cannot be written is told before any process is taken" 125 \
	"$(status_of "$TTRACE" attach --record /nonexistent/x -p $$)"
contains "--record: ... and why" '/nonexistent/x' "$TMP/err"
