# shellcheck shell=bash
# The part of run.sh that runs scripts side by side. It reads log and as_root, and adds to
# passed, failed and skipped.
# shellcheck disable=SC2154

# Scripts run one at a time, so that the times in them are their own, or as many as TTRACE_SCRIPTS says,
# and are told of in their order. One with a line "# alone: WHY" always has the machine to itself.
is_alone() { grep -q '^# alone: ' "$1"; }
declare -A script_of_job=() begun_at=() status_of=() took=()
to_tell=()

end_scripts() { [ ${#script_of_job[@]} = 0 ] || kill "${!script_of_job[@]}" 2>/dev/null || true; }

# In the background of a script INT and QUIT are ignored: what is tested must not inherit that.
start_script() {
	env --default-signal=INT,QUIT timeout -k 10 "${TTRACE_SCRIPT_TIMEOUT:-600}" "${as_root[@]}" \
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

run_scripts() {
	local script
	to_tell=("$@")
	for script in "$@"; do
		if is_alone "$script"; then wait_for_scripts 0; else wait_for_scripts $((${TTRACE_SCRIPTS:-1} - 1)); fi
		start_script "$script"
		if is_alone "$script"; then wait_for_scripts 0; fi
	done
	wait_for_scripts 0
}
