# shellcheck shell=bash
# Bash completion of ttrace: its options and their values, then COMMAND and that one's own.

# Prints where COMMAND starts in COMP_WORDS; nothing if the cursor is not past the options.
_ttrace_command_at() {
	local i=1
	[[ ${COMP_WORDS[1]} != @(run|explore|bisect|attach) || $COMP_CWORD -le 1 ]] || i=2
	for (( ; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) echo $((i + 1)); return ;;
		--clock | --from | --to | -p | --pid | --name | --cgroup | --rate | --file-times | --kernel | --analyze | --engine | -u | --user | --root | \
			--connect | --crash | --core-pattern | --slow | --timeout | --record | --stack-depth | -f | --format | -o | --output | --fail-on | --baseline | --color)
			# Bash may have split "--clock=@5" and "12:00" into several words.
			[[ ${COMP_WORDS[i + 1]} != = ]] || i=$((i + 1))
			i=$((i + 1))
			while [[ ${COMP_WORDS[i + 1]} == : ]]; do i=$((i + 2)); done
			;;
		-*) ;;
		*) break ;;
		esac
	done
	[[ $i -gt $COMP_CWORD || ${COMP_WORDS[i]} == -* ]] || echo "$i"
}

_ttrace_analyzers() { "$1" --analyze help 2>/dev/null | awk '{ print $1 }'; }

# Completes the options and paths of `ttrace audit`.
_ttrace_audit() {
	local cur=$1 prev=$2 words=
	case $prev in
	--shard) words='1/2 2/2' ;;
	-j | --jobs) words='1 2 4 8' ;;
	-f | --format) words='text json jsonl html sarif junit' ;;
	--fail-on) words='error warning note' ;;
	--color) words='auto always never' ;;
	*)
		[[ $cur != -* ]] || words='--db --run --corpus --clock --timeout --shard --merge --baseline -j --jobs -f --format -o --output
			--fail-on -q --quiet -v --verbose --color -h --help'
		[[ $cur == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	esac
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$words" -- "$cur")
}

# Completes the options and the recording of `ttrace report`.
_ttrace_report() {
	local cur=$1 prev=$2 words=
	case $prev in
	--analyze) words="$(_ttrace_analyzers "$3") help" ;;
	-f | --format) words='text json jsonl html sarif trace junit' ;;
	--fail-on) words='error warning note' ;;
	--color) words='auto always never' ;;
	*)
		[[ $cur != -* ]] || words='--analyze -f --format -o --output --fail-on --baseline -q --quiet -v --verbose --color --version -h --help'
		[[ $cur == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	esac
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$words" -- "$cur")
}

_ttrace() {
	local cur=$2 prev=$3 at words=
	COMPREPLY=()
	if [[ ${COMP_WORDS[1]} = report && $COMP_CWORD -gt 1 ]]; then
		_ttrace_report "$cur" "$prev" "$1"
		return
	fi
	if [[ ${COMP_WORDS[1]} = audit && $COMP_CWORD -gt 1 ]]; then
		_ttrace_audit "$cur" "$prev"
		return
	fi
	at=$(_ttrace_command_at)
	[[ $cur != = ]] || cur=
	[[ $prev != = ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}
	case $prev in
	--clock | --from | --to) words='2038-01-19 2038-01-19T03:14:08Z @2147483648 +12y' ;;
	-p | --pid) words=$(ps -eo pid= 2>/dev/null) ;;
	--rate) words='0 0.5 1 60' ;;
	--kernel) words='native no-time32 no-time64 eperm-time64' ;;
	--file-times) words='shift real' ;;
	--analyze) words="$(_ttrace_analyzers "$1") help" ;;
	--engine) words='auto ptrace preload' ;;
	-f | --format) words='text json jsonl html sarif trace junit' ;;
	--fail-on) words='error warning note' ;;
	--color) words='auto always never' ;;
	--crash) words='SEGV@1s ABRT@syscall:write:2 SEGV@function:main' ;;
	--slow) words='100ms 1s 10s' ;;
	--timeout) words='10s 1min 1h' ;;
	--stack-depth) words='8 32 128' ;;
	-u | --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	--root) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	-o | --output | --record | --baseline) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	*)
		if [[ -z $at ]]; then
			[[ ${COMP_WORDS[1]} != bisect ]] || words='--from --to '
			[[ ${COMP_WORDS[1]} != attach ]] || words='-p --pid --name --cgroup '
			words+='--clock --rate --file-times --kernel --analyze --engine -u --user --root
				--root-writable --init --connect --crash --core-pattern --slow --timeout --record --stack-depth --no-stacks -f --format -o --output
				--fail-on --baseline -q --quiet -v --verbose --color --version -h --help'
		elif [[ $at = "$COMP_CWORD" ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			[[ $at -gt 1 ]] || words='run explore bisect attach audit report doctor'
		elif declare -F _command_offset >/dev/null; then
			_command_offset "$at"
			return
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		;;
	esac
	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o filenames -o bashdefault -F _ttrace ttrace
