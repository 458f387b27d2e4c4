# shellcheck shell=bash
# A Slurm of one node on this machine, for a test that sources this after lib.sh: controller, node
# and munge, on loopback, with all their files below $TMP. What it started ends with the test.
SLURM=$TMP/slurm

stop_slurm() {
	local status=$? name pid
	for name in slurmctld slurmd munged; do
		pid=$(cat "$SLURM/$name.pid" 2>/dev/null) || continue
		kill "$pid" 2>/dev/null || true
		for _ in {1..50}; do
			is_running "$pid" || continue 2
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null || true
	done
	return $status
}
is_running() { grep -qsE '^State:	[^Z]' "/proc/$1/status"; }

start_munge() {
	mkdir -p "$SLURM/munge"
	chmod 711 "$TMP" "$SLURM"
	chmod 700 "$SLURM/munge"
	head -c 1024 /dev/urandom >"$SLURM/munge/key"
	chmod 400 "$SLURM/munge/key"
	munged --force --key-file="$SLURM/munge/key" --socket="$SLURM/munge.socket" \
		--pid-file="$SLURM/munged.pid" --log-file="$SLURM/munge/log" --seed-file="$SLURM/munge/seed"
}

# Two ports that nobody listens on.
free_ports() {
	python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
[x.bind(("127.0.0.1", 0)) for x in s]
print(*[x.getsockname()[1] for x in s])'
}

# start_slurm: false, with the logs shown, where it does not come up.
start_slurm() {
	local controller node
	start_munge || return
	read -r controller node < <(free_ports)
	mkdir -p "$SLURM/state" "$SLURM/spool"
	# No accounting, no control groups, no cookie of MPI: nothing that a container may lack.
	cat >"$SLURM/slurm.conf" <<-END
		ClusterName=test
		SlurmctldHost=$(hostname)(127.0.0.1)
		SlurmUser=root
		SlurmctldPort=$controller
		SlurmdPort=$node
		AuthType=auth/munge
		AuthInfo=socket=$SLURM/munge.socket
		StateSaveLocation=$SLURM/state
		SlurmdSpoolDir=$SLURM/spool
		SlurmctldPidFile=$SLURM/slurmctld.pid
		SlurmdPidFile=$SLURM/slurmd.pid
		SlurmctldLogFile=$SLURM/slurmctld.log
		SlurmdLogFile=$SLURM/slurmd.log
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SwitchType=switch/none
		MpiDefault=none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU
		ReturnToService=2
		NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
		PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
	END
	export SLURM_CONF=$SLURM/slurm.conf
	slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" || return
	for _ in {1..300}; do
		[ "$(sinfo -h -o %T 2>/dev/null)" != idle ] || return 0
		sleep 0.1
	done
	tail -n 20 "$SLURM"/*.log
	return 1
}
