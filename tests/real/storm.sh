#!/bin/bash
# 10,048 connects of 64 threads: none is lost, and each is accounted for.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
[ "$(ulimit -n)" -ge 1200 ] || ulimit -n 1200 || skip_all "no 1,200 descriptors"
# Where nobody can listen: port 1 of an address that only tests have.
refused=127.77.77.77

# accounted ID: the attempts that the report's findings of ID stand for.
accounted() { jq --arg id "$1" '[.findings[] | select(.id == $id) | .count] | add // 0' "$REPORT"; }

for build in x86-64 i386; do
	flags=()
	[ $build = x86-64 ] || flags=(-m32)
	if ! program=$(compile "${flags[@]}" storm); then
		skip "storm: $build" "it cannot be built here"
		continue
	fi
	same "storm: $build: all are made" 0 "$(trace "$program" $refused 1 blocks)"
	same "storm: $build: ... and fail as they would" "10048 10048" "$(cat "$TMP/out")"
	same "storm: $build: ... and are told, each" 10048 "$(accounted connect.failed)"
	same "storm: $build: none was dropped" 0 "$(jq .run.dropped "$REPORT")"
	same "storm: $build: a thousand at a time wait for a silent host" 0 \
		"$(trace --connect "$refused=timeout:1s" "$program" $refused 1 waits)"
	same "storm: $build: ... none is lost" "10048 10048" "$(cat "$TMP/out")"
	same "storm: $build: ... each met the fault" 10048 "$(accounted connect.injected)"
	same "storm: $build: ... and is told" 10048 "$(accounted connect.blocked)"
	same "storm: $build: ... as timed out" "10048 ETIMEDOUT" "$(jq -r '.findings[]
		| select(.id == "connect.blocked") | "\(.connect.attempts) \(.connect.errno)"' "$REPORT")"
done
