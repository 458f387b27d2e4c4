#!/bin/bash
# `ttrace audit` on the i386 Debian: every ELF file is told of, the programs that broke on a true
# machine past 2038 are found, and the figures are those of the README.
# shellcheck disable=SC2016  # jq expands them
. "$(dirname "$0")/../lib.sh"
need_command jq
need_rootfs
REPORT=$TMP/report.json

same "the root: exit status" 0 "$(status_of "$TTRACE" audit -q -f json -o "$REPORT" "$ROOT")"
python3 - "$ROOT" >"$TMP/elf" <<'END'
import os, sys
root = os.path.realpath(sys.argv[1])
for directory, _, names in os.walk(root):
    for name in names:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    print(path[len(root):])
END
sort -o "$TMP/elf" "$TMP/elf"
jq -r '.files[] | select(.bits) | .path' "$REPORT" | sort >"$TMP/told"
same "the root: every ELF file is told of" "" "$(comm -3 "$TMP/elf" "$TMP/told")"
same "the root: none is unreadable" "" \
	"$(jq -r '.files[] | select(.bits and .kind == "unreadable") | "\(.path): \(.why)"' "$REPORT")"
same "the root: each is of a C library, or of none" "" \
	"$(jq -r '.files[] | select(.bits and .libc == "unknown" and (.kind == "program" or .kind == "static")) | .path' "$REPORT")"

python3 "$SOURCE/tests/truth/static.py" "$ROOT" "$REPORT" >"$TMP/figures"
sed 's/^/# /' "$TMP/figures"
while IFS=$'\t' read -r judge accused precision recall; do
	contains "README: $judge" "^\| $judge \| $accused \| $precision \| $recall \|\$" "$SOURCE/README.md"
done < <(grep -v '^#' "$TMP/figures")

# Those that did not break there call what fails: other commands of theirs lead to it.
fails() { # NAME FUNCTION COMMAND
	if [ "$(id -u)" != 0 ]; then
		skip "$1 does fail" "needs root"
		return
	fi
	status_of timeout -s KILL 60 "$TTRACE" -q -o "$TMP/run.json" --root "$ROOT" --clock 2038-01-19 --timeout 20s \
		sh -c "$3" >/dev/null
	check "$1 does fail in another command" jq -e --arg name "$1" --arg function "$2" \
		'.findings[] | select(.id == "file.eoverflow" and .process.comm == $name and .api.function == $function)' \
		"$TMP/run.json"
}
fails dash stat64 'echo 1 >/tmp/x; dash -c "test -e /tmp/x"'
fails visudo stat64 'cp /etc/sudoers /tmp/s; visudo -cf /tmp/s'
fails gpg-agent fstat64 'gpg-agent --version >/tmp/x'
