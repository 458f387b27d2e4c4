#!/usr/bin/env python3
"""Runs the corpus under ttrace and prints what came of it, one JSON object a line.

Each command gets namespaces of its own (processes, mounts, network, System V IPC, host name) and,
from --root, a layer over the root that vanishes with it: some kill, mount or rename what they find.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

LIMIT_S = 20
GRACE_S = 15       # for ttrace's own work, on a busy machine
LEFT_BEHIND_S = 1  # what a command left running is ended this long after it
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
    "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8", "TERM": "dumb",
}
NAMESPACES = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net",
              "--ipc", "--uts"]
# /dev/shm is the machine's; the command must not see or leave anything there.
INSIDE = ('ip link set lo up; hostname y2038; mount -t tmpfs -o mode=1777 tmpfs /dev/shm; '
          'exec "$@"')


def children(pid):
    try:
        return [int(word) for word in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def executes(pid, program):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", program)
    except OSError:
        return False


def runs_command(pid, command):
    """So does what ttrace forks, before it executes the command."""
    try:
        return command.encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def interrupt_when_left_behind(process, program, command):
    """Ends ttrace once its command has gone and only what that left running is still there.

    ttrace is the first process of its namespace: what is left behind becomes its child."""
    ttrace = gone_at = None
    while process.poll() is None:
        time.sleep(0.05)
        ttrace = ttrace or next(iter(children(process.pid)), None)
        # Until then the shell that prepares its namespaces stands there, with children of its own.
        targets = children(ttrace) if ttrace and executes(ttrace, program) else []
        if not targets or any(runs_command(pid, command) for pid in targets):
            gone_at = None
            continue
        gone_at = gone_at or time.monotonic()
        if time.monotonic() - gone_at > LEFT_BEHIND_S:
            try:
                os.kill(ttrace, signal.SIGINT)
            except OSError:
                return
            gone_at = time.monotonic()


def run_one(options, clock, name, command):
    with tempfile.TemporaryDirectory(prefix="ttrace-truth.") as directory:
        report_file = os.path.join(directory, "report.json")
        argv = NAMESPACES + ["sh", "-c", INSIDE, "sh", options.ttrace, "-q", "-o", report_file,
                             "--timeout", f"{LIMIT_S}s", "--clock", clock,
                             "--engine", options.engine, "--root", options.root,
                             # env changes to the directory and executes sh by that name
                             "env", "-C", "/root", "sh", "-c", command]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=ENVIRONMENT)
        started = time.monotonic()
        watcher = concurrent.futures.ThreadPoolExecutor(1)
        watcher.submit(interrupt_when_left_behind, process, options.ttrace, command)
        hung = False
        try:
            out, err = process.communicate(timeout=LIMIT_S + GRACE_S)
        except subprocess.TimeoutExpired:
            hung = True
            process.kill()
            out, err = process.communicate()
        watcher.shutdown()
        took = time.monotonic() - started
        try:
            with open(report_file, encoding="utf-8") as file:
                report = json.load(file)
        except (OSError, ValueError):
            report = {}
    exit_ = report.get("run", {}).get("exit", {})
    return {"id": name, "clock": clock, "exit": exit_.get("code"), "signal": exit_.get("signal"),
            "timeout": hung or took > LIMIT_S, "report": bool(report),
            "stdout": out.decode("utf-8", "replace"), "stderr": err.decode("utf-8", "replace"),
            "findings": report.get("findings", []), "ms": round(took * 1000)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ttrace", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--clock", action="append", required=True)
    parser.add_argument("--engine", default="ptrace")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("name", nargs="*", help="only these commands")
    options = parser.parse_args()
    with open(options.corpus, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file][1:]
    work = [(options, clock, name, command) for name, command in rows for clock in options.clock
            if not options.name or name in options.name]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(lambda item: run_one(*item), work):
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    sys.exit(main())
