#!/bin/bash
# The step of action.yml: COMMAND under ttrace with OPTIONS. Ends with 10 at a finding of FAIL_ON or
# above, else as COMMAND does; the report is in the file SARIF either way.
set -eu
read -ra words <<<"$OPTIONS"
exec ttrace "${words[@]}" --fail-on "$FAIL_ON" -f text -o /dev/stderr -f sarif -o "$SARIF" -- sh -c "$COMMAND"
