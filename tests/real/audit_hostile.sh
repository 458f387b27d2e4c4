#!/bin/bash
# Files that are damaged, odd or change under the reader: none stops or hangs an audit, and each that
# cannot be judged is listed with its reason.
. "$(dirname "$0")/../lib.sh"
need_command jq
need_command gcc
REPORT=$TMP/report.json
TREE=$TMP/tree
mkdir -p "$TREE"

audit() { status_of timeout -s KILL 60 "$TTRACE" audit -q -f json -o "$REPORT" "$@"; }
why() {
	jq -r --arg file "$1" '.files[] | select(.path | endswith($file)) | "\(.kind): \(.why // .verdict)"' "$REPORT"
}

printf 'int main(void) { return 0; }\n' >"$TMP/main.c"
if ! gcc -m32 -g -o "$TREE/good" "$TMP/main.c" 2>/dev/null; then gcc -g -o "$TREE/good" "$TMP/main.c"; fi
strip -o "$TREE/stripped" "$TREE/good"
objcopy --only-keep-debug "$TREE/good" "$TREE/good.debug"
gcc -c -o "$TREE/object.o" "$TMP/main.c"
size=$(stat -c %s "$TREE/good")
head -c 60 "$TREE/good" >"$TREE/no-header.so"
head -c $((size / 4)) "$TREE/good" >"$TREE/truncated.so"
{ printf '\177ELF\001\001\001'; head -c 5000 /dev/urandom; } >"$TREE/noise.so"
{ head -c 44 "$TREE/good"; printf '\377\377\377\377\377\377\377\377'; tail -c +53 "$TREE/good"; } >"$TREE/counts.so"
for at in 32 36 48 100 300 500 700 1000 4096 8200; do  # bytes in the middle of every table
	{ head -c $at "$TREE/good"; head -c 64 /dev/urandom; tail -c +$((at + 65)) "$TREE/good"; } >"$TREE/dented-$at.so"
done
: >"$TREE/empty.so"
cp "$TREE/good" "$TREE/sparse" && truncate -s 3G "$TREE/sparse"
truncate -s 3G "$TREE/hole.so"
# What a packer leaves: one segment of code, no sections, no dynamic section.
perl -0777 -pe 'substr($_, 52) ^= "\xff" x (length($_) - 52)' "$TREE/stripped" >"$TREE/scrambled.so"
ln -s loop-b "$TREE/loop-a"
ln -s loop-a "$TREE/loop-b"
ln -s . "$TREE/itself"
ln -s /nonexistent "$TREE/dangling"
mkfifo "$TREE/fifo"
mkdir -p "$TREE/deep/$(printf 'd/%.0s' {1..300})"
printf '\377\376 \n' >"$TREE/"$'odd\n\x01name'
cp "$TREE/good" "$TREE/"$'odd\n\x1b[31mname\xff'
expected_special=fifo
if [ "$(id -u)" = 0 ]; then
	mknod "$TREE/device" c 1 8 2>/dev/null && expected_special="device fifo"
fi
perl -e 'use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, sockaddr_un("$ARGV[0]/socket"))' "$TREE" &&
	expected_special="$expected_special socket"

same "hostile tree: exit status" 0 "$(audit "$TREE")"
same "a good file among them is judged" "program: fine" "$(why /good)"
same "stripped" "program: fine" "$(why /stripped)"
same "an object file" "object: fine" "$(why /object.o)"
same "debug symbols kept apart" "object: fine" "$(why /good.debug)"
contains "only the beginning of a header" '^unreadable: its ELF header is damaged|^unreadable: no segment' <(why /no-header.so)
contains "truncated" '^unreadable: truncated: a segment ends at byte [0-9]+, the file at [0-9]+$' <(why /truncated.so)
contains "noise behind an ELF mark" '^(unreadable|object): ' <(why /noise.so)
contains "absurd counts" '^(unreadable|object|program): ' <(why /counts.so)
same "each dented one is told of" 10 "$(jq '[.files[] | select(.path | contains("/dented-"))] | length' "$REPORT")"
same "empty" "unreadable: empty" "$(why /empty.so)"
same "3 GB, sparse" "program: fine" "$(why /sparse)"
contains "scrambled behind its header" '^(unreadable|object): ' <(why /scrambled.so)
same "FIFO, device, socket: listed, not opened" "$expected_special" \
	"$(jq -r '.files[] | select(.why // "" | endswith(": not opened")) | .path | split("/") | last' "$REPORT" | sort | paste -sd' ')"
same "a name that is no text" 1 "$(jq '[.files[] | select(.path | contains("[31mname"))] | length' "$REPORT")"
status_of "$TTRACE" audit -v "$TREE" >/dev/null
same "... cannot move the cursor" 0 "$(grep -c $'\x1b' "$TMP/out" || true)"
same "a 3 GB hole, asked for by name" 0 "$(audit "$TREE/hole.so")"
contains "... is no ELF file" '^unreadable: neither' <(why /hole.so)
same "a FIFO, asked for by name" 0 "$(audit "$TREE/fifo")"
same "nothing at that path" 125 "$(audit "$TREE/nothing")"
same "a loop of links, asked for by name" 125 "$(audit "$TREE/loop-a")"

if [ "$(id -u)" = 0 ]; then
	chmod 755 "$TMP"
	cp "$TTRACE" "$TMP/ttrace"
	mkdir "$TREE/closed" && cp "$TREE/good" "$TREE/unreadable" && chmod 0 "$TREE/unreadable" "$TREE/closed"
	setpriv --reuid 65534 --clear-groups "$TMP/ttrace" audit -q -f json "$TREE" >"$REPORT"
	same "a file without permission" "unreadable: Permission denied" "$(why /unreadable)"
	same "a directory without permission" "unreadable: Permission denied" "$(why /closed)"
fi

# Written to without end while it is read; then cut to nothing and filled again.
CHANGING=$TMP/changing
mkdir "$CHANGING"
cp "$TREE/good" "$CHANGING/a"
(while :; do
	cat "$TREE/good" >"$CHANGING/a"
	: >"$CHANGING/a"
	printf x >>"$CHANGING/a"
done) &
writer=$!
bad=0
for _ in {1..20}; do [ "$(audit "$CHANGING")" = 0 ] || bad=$((bad + 1)); done
kill $writer
wait $writer 2>/dev/null || true
same "a file that changes while it is read: 20 audits end well" 0 $bad
