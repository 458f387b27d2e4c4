#!/bin/bash
# Debian 12 and 13 for armhf: full of 32-bit times, and all but free of them. What is left in 13 is
# what the README explains.
. "$(dirname "$0")/../lib.sh"
need_command jq
need_command mmdebstrap
REPORT=$TMP/report.json
ROOTS=$BUILD/rootfs-armhf
"$SOURCE/tests/armhf-roots.sh" "$ROOTS" 2>"$TMP/err" || skip_all "cannot unpack armhf packages: $(tail -1 "$TMP/err")"

audit() { status_of "$TTRACE" audit -q -f json -o "$REPORT" "$1"; }
count() { jq "[.files[] | select(.bits and ($1))] | length" "$REPORT"; }
at_least() { if [ "$3" -ge "$2" ]; then ok "$1"; else not_ok "$1" "$3, not $2 or more"; fi; }
left() { jq -r "[.findings[] | select($1) | .id] | unique | join(\" \")" "$REPORT"; }

same "Debian 12: exit status" 0 "$(audit "$ROOTS-bookworm")"
same "Debian 12: every ELF file is armhf" "$(count true)" "$(count '.arch == "armhf"')"
at_least "Debian 12: full of what breaks" 100 "$(count '.verdict == "breaks"')"
at_least "Debian 12: most programs with a time_t have a short one" $(($(count '.time_bits == "64"') * 2)) \
	"$(count '.time_bits == "32"')"
same "Debian 12: a program through its library" "warning acl_get_file" \
	"$(jq -r '.findings[] | select(.file == "/usr/bin/sed" or .file == "/bin/sed") | select(.entry == "acl_get_file") | "\(.level) \(.entry)"' "$REPORT")"

same "Debian 13: exit status" 0 "$(audit "$ROOTS-trixie")"
at_least "Debian 13: full of 64-bit times" 100 "$(count '.time_bits == "64"')"
same "Debian 13: nothing breaks" 0 "$(count '.verdict == "breaks"')"
same "Debian 13: warnings are of login records alone" audit.utmp "$(left '.level == "warning"')"
same "Debian 13: short times are in two debugging aids of glibc" "libc_malloc_debug.so.0 libmemusage.so" \
	"$(jq -r '.files[] | select(.bits and (.time_bits == "32" or .time_bits == "both")) | .path | split("/") | last' "$REPORT" | sort | paste -sd' ')"
