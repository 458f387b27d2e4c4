#!/usr/bin/env python3
"""What ttrace costs, as ratios to the same work without it, measured in turns in one run.

Beside them stand strace and faketime, where they do something comparable. A figure to read, not a
test to pass: run it on a quiet machine.  Usage: tests/bench/run.py [BUILD_DIRECTORY]"""
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = sys.argv[1] if len(sys.argv) > 1 else os.path.join(SOURCE, "build")
ROOT = os.path.join(BUILD, "rootfs-i386")
TTRACE = os.path.join(BUILD, "ttrace")
LATE = [TTRACE, "-q", "--clock", "2038-01-19"]
EARLY = [TTRACE, "-q", "--clock", "2037-12-31"]
PRELOAD = EARLY + ["--engine", "preload"]
NEW_LAYER = ('mount -t tmpfs layer /mnt && mkdir /mnt/u /mnt/w /mnt/m && mount -t overlay '
             '-o "lowerdir=$1,upperdir=/mnt/u,workdir=/mnt/w" layer /mnt/m && shift && '
             'exec chroot /mnt/m "$@"')
NULL = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}


def output(command):
    """What a measuring program prints: nanoseconds."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return float(done.stdout or "nan")


def seconds(command):
    start = time.monotonic()
    subprocess.run(command, check=False, **NULL)
    return time.monotonic() - start


def row(name, target, measure, variants, rounds=5, best=min):
    """Measures each variant in turns; the first is the base of the ratios."""
    figures = {label: [] for label, _ in variants}
    for _ in range(rounds):
        for label, command in variants:
            figures[label].append(measure(command))
    base = best(figures[variants[0][0]])
    cells = [f"{label} {best(figures[label]) / base:.2f}" for label, _ in variants[1:]]
    print(f"{name:34} {target:>14}   {'   '.join(cells)}", flush=True)


def compile_calls(directory, name, *flags):
    path = os.path.join(directory, name)
    subprocess.run(["gcc", "-O2", *flags, "-o", path, os.path.join(SOURCE, "tests/bench/calls.c")],
                   check=True)
    return path


def call_rows(directory):
    strace = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null"]
    for abi, flags in (("x86-64", []), ("i386", ["-m32"])):
        calls = compile_calls(directory, "calls-" + abi, *flags)
        variants = [("native", [calls, "clock"]), ("ttrace before 2038", EARLY + [calls, "clock"]),
                    ("past it", LATE + [calls, "clock"])]
        if abi == "x86-64":   # Debian's faketime does nothing to a program of the other ABI
            variants.append(("faketime", ["faketime", "2037-12-31", calls, "clock"]))
        row(f"clock_gettime, {abi}", "1.15", output, variants)
        row(f"clock_gettime, {abi}, preload", "1.5", output,
            [("native", [calls, "clock"]), ("ttrace", PRELOAD + [calls, "clock"])])
        row(f"stat, {abi}, preload", "1.3", output,
            [("native", [calls, "stat"]), ("ttrace", PRELOAD + [calls, "stat"])])
        row(f"stat, {abi}", "1.2" if abi == "i386" else "half strace's", output,
            [("native", [calls, "stat"]), ("ttrace", EARLY + [calls, "stat"]),
             ("strace %%stat", strace + ["-e", "trace=%%stat", calls, "stat"])])
    calls = os.path.join(directory, "calls-x86-64")
    row("getppid, to a filter alone", "1.1", output,
        [("filter", [calls, "getppid-filtered"]), ("ttrace", LATE + [calls, "getppid"])])


def attached_output(command, options):
    """What it prints, told to begin once ttrace is attached to it."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command + ["told"], **pipes) as target:
        attach = [TTRACE, "attach", *options, "-o", "/dev/null", "-p", str(target.pid)]
        with subprocess.Popen(attach, stderr=subprocess.PIPE, text=True) as tracer:
            for line in tracer.stderr:
                if "attached to" in line:
                    break
            time.sleep(0.5)   # what the attach itself takes
            printed = target.communicate(b"\n")[0]
            tracer.communicate()
    return float(printed or "nan")


def attach_rows(directory):
    calls = os.path.join(directory, "calls-x86-64")
    for what in ("clock", "clock-call", "stat", "getppid"):
        native = output([calls, what]) / 1000
        cells = []
        for label, options in (("attached", []), ("with --clock", ["--clock", "+1y"])):
            figures = [attached_output([calls, what], options) / 1000 for _ in range(3)]
            cells.append(f"{label} {min(figures):.2f}")
        print(f"{'attach: ' + what:34} {'':>14}   us: native {native:.2f}   {'   '.join(cells)}",
              flush=True)


def program_rows():
    trues = ["sh", "-c", "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done"]
    strace = ["strace", "-f", "--seccomp-bpf", "-k", "-o", "/dev/null"]
    row("300 x /bin/true", "1.6", seconds,
        [("native", trues), ("ttrace", LATE + trues), ("strace -k", strace + trues)], rounds=3)
    find = ["find", "/usr/share", "-newer", "/etc/passwd"]
    row("find, x86-64", "1.5", seconds,
        [("native", find), ("ttrace", EARLY + find),
         ("strace %%stat", strace[:-3] + ["-e", "trace=%%stat", "-o", "/dev/null"] + find)],
        rounds=5, best=median)
    if not os.path.isdir(ROOT) or os.geteuid() != 0:
        print("find in an i386 root: left out, needs root and", ROOT)
        return
    find = ["find", "/usr/share/doc", "-newer", "/etc/passwd"]
    inside = ["--root", ROOT]
    row("find, i386", "2.0", seconds,
        [("chroot", ["chroot", ROOT] + find),
         ("ttrace", LATE + inside + ["--root-writable"] + find),
         ("strace -k", strace + ["chroot", ROOT] + find)], rounds=9, best=median)
    # What the kernel takes for a layer that it has not seen before is no doing of ttrace's.
    row("find, i386, over a new layer", "2.0", seconds,
        [("chroot", ["unshare", "-m", "sh", "-c", NEW_LAYER, "sh", ROOT] + find),
         ("ttrace", LATE + inside + find)], rounds=9, best=median)


def memory_row():
    """The most memory ttrace itself needs while 100 processes live."""
    script = "for i in $(seq 100); do sleep 4 & done; wait"
    with subprocess.Popen(LATE + ["bash", "-c", script], **NULL) as run:
        time.sleep(2.5)
        with open(f"/proc/{run.pid}/status", encoding="ascii") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(f"{'memory with 100 processes':34} {'64 MiB':>14}   {peak / 1024:.1f} MiB")


def main():
    print(f"{'what':34} {'at most':>14}   ratios to native")
    with tempfile.TemporaryDirectory() as directory:
        call_rows(directory)
        attach_rows(directory)
    program_rows()
    memory_row()


if __name__ == "__main__":
    main()
