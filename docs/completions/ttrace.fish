# Fish completion of ttrace: its options and their values, then COMMAND and that one's own.

# Prints COMMAND and its arguments so far, if the cursor is past the options.
function __ttrace_command
    set -l tokens (commandline -opc) (commandline -ct)
    set -e tokens[1]
    if test (count $tokens) -gt 1; and contains -- "$tokens[1]" run explore bisect attach
        set -e tokens[1]
    end
    argparse -s h/help version clock= from= to= 'p/pid=+' 'name=+' 'cgroup=+' rate= file-times= kernel= analyze= engine= u/user= root= \
        root-writable init 'connect=+' 'crash=+' core-pattern= slow= timeout= record= stack-depth= no-stacks f/format= 'o/output=+' fail-on= baseline= q/quiet v/verbose \
        color= -- $tokens 2>/dev/null
    or return
    test -n "$argv"; and not string match -q -- '-*' $argv[1]
    and string join0 -- $argv
end

function __ttrace_options
    not __ttrace_command >/dev/null
end

function __ttrace_complete_command
    __fish_complete_subcommand --commandline (__ttrace_command | string split0)
end

complete -c ttrace -x -a '(__ttrace_complete_command)'
complete -c ttrace -n __fish_is_first_token -x -a run -d 'Run a command and report'
complete -c ttrace -n __fish_is_first_token -x -a explore -d 'Make each of its connects fail'
complete -c ttrace -n __fish_is_first_token -x -a attach -d 'Watch what already runs'
complete -c ttrace -n '__ttrace_options; and __fish_seen_subcommand_from attach' -x -s p -l pid -d 'A process' -a '(__fish_complete_pids)'
complete -c ttrace -n '__ttrace_options; and __fish_seen_subcommand_from attach' -x -l name -d 'All processes of that name'
complete -c ttrace -n '__ttrace_options; and __fish_seen_subcommand_from attach' -x -l cgroup -d 'All processes of a control group'
complete -c ttrace -n __fish_is_first_token -x -a bisect -d 'Find when it changes what it does'
complete -c ttrace -n __fish_is_first_token -x -a audit -d 'List what breaks in 2038'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -F
complete -c ttrace -n '__fish_seen_subcommand_from audit' -r -F -l db -d 'Keep the results in this database'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -x -l shard -d 'Only this share of the files' -a '1/2 2/2'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -l run -d 'Run the programs, today and past 2038'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -r -F -l corpus -d 'Run these commands too'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -x -l clock -d 'The clock past 2038' -a '2038-01-19 2040-01-01'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -x -l timeout -d 'End a run after this long' -a '10s 1min'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -l merge -d 'The paths are the databases of shares'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -r -F -l baseline -d 'What this report has is not new'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -x -s j -l jobs -d 'Threads' -a '1 2 4 8'
complete -c ttrace -n '__fish_seen_subcommand_from audit' -x -s f -l format -d 'Format of the report' -a 'text json jsonl html sarif junit'
complete -c ttrace -n __fish_is_first_token -x -a report -d 'Report on a recording'
complete -c ttrace -n '__fish_seen_subcommand_from report' -F
complete -c ttrace -n '__fish_seen_subcommand_from report' -r -F -l baseline -d 'Leave out what this report has'
complete -c ttrace -n '__fish_seen_subcommand_from report' -r -F -s o -l output -d 'Write the report to this file'
complete -c ttrace -n '__fish_seen_subcommand_from report' -x -s f -l format -d 'Format of the report' -a 'text json jsonl html sarif trace junit'
complete -c ttrace -n '__fish_seen_subcommand_from report' -x -l fail-on -d 'Exit with 10 at a finding of this level' -a 'error warning note'
complete -c ttrace -n __fish_is_first_token -x -a doctor -d 'Tell what this machine allows'
complete -c ttrace -n __ttrace_options -x -l clock -d 'Start the wall clock at this time' -a '2038-01-19 2038-01-19T03:14:08Z @2147483648 +12y'
complete -c ttrace -n '__ttrace_options; and __fish_seen_subcommand_from bisect' -x -l from -d 'The first clock' -a 'now 2026-01-01'
complete -c ttrace -n '__ttrace_options; and __fish_seen_subcommand_from bisect' -x -l to -d 'The last clock' -a '2039-01-01 2110-01-01'
complete -c ttrace -n __ttrace_options -x -l kernel -d 'Answer time calls as such a kernel' -a 'native no-time32 no-time64 eperm-time64'
complete -c ttrace -n __ttrace_options -x -l rate -d 'How fast the faked clock runs' -a '0 0.5 1 60'
complete -c ttrace -n __ttrace_options -x -l file-times -d 'How the target sees time stamps of files' -a 'shift real'
complete -c ttrace -n __ttrace_options -x -l analyze -d 'Run only these analyzers' -a '(ttrace --analyze help 2>/dev/null | string split -f1 " ") help'
complete -c ttrace -n __ttrace_options -x -l engine -d 'How the target is watched' -a 'auto ptrace preload'
complete -c ttrace -n __ttrace_options -x -s u -l user -d 'Run the target as this user' -a '(__fish_complete_users)'
complete -c ttrace -n __ttrace_options -x -l root -d 'Run the target inside this directory' -a '(__fish_complete_directories)'
complete -c ttrace -n __ttrace_options -x -l core-pattern -d 'As if core_pattern were this'
complete -c ttrace -n __ttrace_options -l init -d 'Run it as PID 1 of namespaces of its own'
complete -c ttrace -n __ttrace_options -l root-writable -d 'Let the target write to the directory of --root'
complete -c ttrace -n __ttrace_options -x -l connect -d 'Make connects to an address fail'
complete -c ttrace -n __ttrace_options -x -l crash -d 'Deliver a fatal signal at a time or call' -a 'SEGV@1s ABRT@syscall:write:2 SEGV@function:main'
complete -c ttrace -n __ttrace_options -x -l slow -d 'A connect that blocks longer is a finding' -a '100ms 1s 10s'
complete -c ttrace -n __ttrace_options -x -l timeout -d 'End the target after this long' -a '10s 1min 1h'
complete -c ttrace -n __ttrace_options -x -l stack-depth -d 'Frames per stack' -a '8 32 128'
complete -c ttrace -n __ttrace_options -l no-stacks -d 'Keep no stacks'
complete -c ttrace -n __ttrace_options -x -s f -l format -d 'Format of the report' -a 'text json jsonl html sarif trace junit'
complete -c ttrace -n __ttrace_options -r -F -l record -d 'Keep every event for ttrace report'
complete -c ttrace -n __ttrace_options -r -F -s o -l output -d 'Write the report to this file'
complete -c ttrace -n __ttrace_options -r -F -l baseline -d 'Leave out what this report has'
complete -c ttrace -n __ttrace_options -x -l fail-on -d 'Exit with 10 at a finding of this level' -a 'error warning note'
complete -c ttrace -n __ttrace_options -s q -l quiet -d 'Findings only'
complete -c ttrace -n __ttrace_options -s v -l verbose -d 'Every detail'
complete -c ttrace -n __ttrace_options -x -l color -d 'Colour the text' -a 'auto always never'
complete -c ttrace -n __ttrace_options -l version -d 'Print the version'
complete -c ttrace -n __ttrace_options -s h -l help -d 'Print a summary of the options'
