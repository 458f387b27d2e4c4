#!/bin/bash
# The HTML report in a real browser: by mouse, by keyboard, at phone width, in the dark, with 50,000
# findings, and of names that try to be markup.
# shellcheck disable=SC2016  # inner shells expand them
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command chromium

"$TTRACE" -o "$TMP/small.html" --slow 10ms --connect '127.0.0.1:9=delay:50ms' bash -c '
	for i in 1 2; do (exec 3<>/dev/tcp/127.0.0.1/9) & done; wait
	(exec 3<>/dev/tcp/127.0.0.1/10); /bin/true; kill -SEGV $$' 2>/dev/null || true
check "a page is one file that names no other" bash -c \
	'! sed s,http://www.w3.org/2000/svg,, "$TMP/small.html" | grep -oiE "(src|href)=|url\(|@import|https?://"'

"$BUILD/tests/ttrace_many_findings" html 50000 >"$TMP/large.html"
check "50,000 findings are less than 20 MB" test "$(stat -c %s "$TMP/large.html")" -lt 20000000

mkdir "$TMP/<"
evil=$TMP/'</script><img src=x onerror=console.error(1)>&"<!--[[script]]'$'\u2028\xff'
cp "$(command -v bash)" "$evil"
"$TTRACE" -o "$TMP/hostile.html" "$evil" -c 'kill -SEGV $$' 2>/dev/null || true

audit=
if [ -d "$ROOT/usr" ]; then
	audit=$TMP/audit.html
	"$TTRACE" audit -q -o "$audit" "$ROOT"
else
	skip "html: an audit's page" "no i386 root file system at $ROOT"
fi

timeout 300 /usr/bin/python3 "$SOURCE/tests/formats/html_check.py" "$TMP/small.html" "$TMP/large.html" "$TMP/hostile.html" ${audit:+"$audit"}
