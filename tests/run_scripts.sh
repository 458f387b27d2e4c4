# shellcheck shell=bash
# The part of run.sh that runs scripts side by side. It reads log and as_root, and adds to
# passed, failed and skipped.
# shellcheck disable=SC2154

# As many scripts run at a time as TTRACE_SCRIPTS says, and are told of in their order: most of them
# mostly wait. Those with a line "# alone: WHY" come after them, each by itself.
is_alone() { grep -q '^# alone: ' "$1"; }
declare -A script_of_job=() begun_at=() status_of=() took=()
to_tell=()

end_scripts() { [ ${#script_of_job[@]} = 0 ] || kill "${!script_of_job[@]}" 2>/dev/null || true; }

# The seconds after which a script counts as hung; one that takes long says so: "# limit: SECONDS".
limit_of() {
	local own
	own=$(sed -nE 's/^# limit: ([0-9]+).*/\1/p' "$1")
	echo "${own:-${TTRACE_SCRIPT_TIMEOUT:-600}}"
}

# In the background of a script INT and QUIT are ignored: what is tested must not inherit that.
start_script() {
	env --default-signal=INT,QUIT timeout -k 10 "$(limit_of "$1")" "${as_root[@]}" \
		bash "$1" </dev/null >"$(log_of "$1")" 2>&1 &
	script_of_job[$!]=$1
	begun_at[$1]=$SECONDS
}
log_of() { echo "$log.$(basename "$1" .sh)"; }

# Waits until at most $1 scripts are running.
wait_for_scripts() {
	local job status script
	while [ ${#script_of_job[@]} -gt "$1" ]; do
		status=0
		wait -n -p job "${!script_of_job[@]}" || status=$?
		script=${script_of_job[$job]}
		unset "script_of_job[$job]"
		status_of[$script]=$status
		took[$script]=$((SECONDS - begun_at[$script]))
		tell_ended
	done
}

tell_ended() {
	while [ ${#to_tell[@]} -gt 0 ] && [ -n "${status_of[${to_tell[0]}]:-}" ]; do
		tell_script "${to_tell[0]}"
		to_tell=("${to_tell[@]:1}")
	done
}

# A script that ends badly without a "not ok" line, or that says nothing, has failed too.
tell_script() {
	local said status=${status_of[$1]} p f s
	said=$(log_of "$1")
	echo "== $1"
	p=$(grep -c '^ok ' "$said" || true)
	f=$(grep -c '^not ok ' "$said" || true)
	s=$(grep -c '^skip ' "$said" || true)
	if [ "$f" = 0 ] && { [ "$status" != 0 ] || [ $((p + s)) = 0 ]; }; then
		f=1
		echo "not ok $(basename "$1" .sh) - ended with status $status" >>"$said"
	fi
	if [ "$f" -gt 0 ]; then cat "$said"; else grep -E '^(ok|skip) ' "$said"; fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "   ${took[$1]} s"
	rm -f "$said"
}

# run_together SCRIPT...: those that may run beside others.
run_together() {
	local script
	for script in "$@"; do
		if is_alone "$script"; then continue; fi
		to_tell+=("$script")
		wait_for_scripts $((${TTRACE_SCRIPTS:-2} - 1))
		start_script "$script"
	done
	wait_for_scripts 0
}

# run_alone SCRIPT...: the others.
run_alone() {
	local script
	for script in "$@"; do
		if ! is_alone "$script"; then continue; fi
		to_tell+=("$script")
		start_script "$script"
		wait_for_scripts 0
	done
}

# start_behind NAME COMMAND...: begins a stage for which there is time while scripts wait: it has the
# processors when nothing else wants them.
start_behind() {
	behind_name=$1
	shift
	set -m   # a group of its own, which can be ended as one
	(
		chrt --idle --pid 0 "$BASHPID" || renice -n 19 -p "$BASHPID" || true
		"$@"
	) </dev/null >"$log.behind" 2>&1 &
	behind=$!
	set +m
}
kill_behind() { [ -z "${behind:-}" ] || kill -- "-$behind" 2>/dev/null || true; }

# end_behind: waits for it; it is one case.
end_behind() { one "$behind_name" wait_behind; }
wait_behind() {
	local status=0
	wait "$behind" || status=$?
	behind=
	cat "$log.behind"
	return $status
}
