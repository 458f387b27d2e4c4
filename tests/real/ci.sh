#!/bin/bash
# What samples/ci shows: a build that fails at a finding, with a SARIF report, and one that does not.
. "$(dirname "$0")/../lib.sh"
need_command jq
need_command python3
mkdir "$TMP/bin" "$TMP/work"
cd "$TMP/work" || exit
cp "$TTRACE" "$TMP/bin/ttrace"
PATH=$TMP/bin:$PATH
gcc -m32 -O0 -w -o old "$SOURCE/samples/eoverflow_time.c" 2>"$TMP/.cc" ||
	skip_all "no 32-bit programs can be built here: $(head -1 "$TMP/.cc")"
gcc -m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 -O0 -w -o new "$SOURCE/samples/eoverflow_time.c"

results() { jq '.runs[].results | length' "$1"; }

# The second line of the recipe, with a Makefile as a project has one.
line=$(tail -1 "$SOURCE/samples/ci/recipe.sh")
printf 'check:\n\t-./old\n' >Makefile
same "recipe: fails" 10 "$(status_of sh -c "$line")"
same "recipe: with a result" 1 "$(results ttrace.sarif)"
printf 'check:\n\t./new\n' >Makefile
same "recipe: once it is rebuilt with 64-bit times: passes" 0 "$(status_of sh -c "$line")"
same "recipe: without a result" 0 "$(results ttrace.sarif)"

# step COMMAND: the action's own step, with the defaults that action.yml names.
default() { sed -n "/^  $1:/,/default:/s/ *default: //p" "$SOURCE/samples/ci/action.yml"; }
step() {
	status_of env "COMMAND=$1" "OPTIONS=$(default options)" "FAIL_ON=$(default fail-on)" \
		"SARIF=$(default sarif)" "$SOURCE/samples/ci/run.sh"
}
same "action: fails" 10 "$(step './old; true')"
same "action: with a result" 1 "$(results ttrace.sarif)"
contains "action: and a text for the log" '^error: time.eoverflow' "$TMP/err"
same "action: passes" 3 "$(step './new; exit 3')"
if python3 -c 'import yaml' 2>/dev/null; then
	check "action: its files are YAML" python3 -c 'import sys, yaml
for name in sys.argv[1:]: yaml.safe_load(open(name))' "$SOURCE"/samples/ci/*.yml
else
	skip "action: its files are YAML" "no python3-yaml"
fi
