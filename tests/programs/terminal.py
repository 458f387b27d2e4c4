"""Drives a program on a terminal of its own: terminal.py COMMAND... reads steps from stdin, a line
each, and copies what the terminal shows to stdout at the end. Steps:

    send TEXT      type TEXT and Enter        key C     type Ctrl-C (any letter)
    expect REGEX   wait until the part of the output since the last match has it
    wait           until the program ends; prints "status N"
"""
import os
import pty
import re
import select
import signal
import sys
import time

DEADLINE = 30  # seconds for one step, far beyond what any takes


def main():
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    shown, matched = "", 0

    def read_some(timeout):
        nonlocal shown
        if not select.select([terminal], [], [], timeout)[0]:
            return True
        try:
            data = os.read(terminal, 4096)
        except OSError:
            return False
        shown += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def fail(why):
        print(shown)
        print("terminal.py:", why)
        os.kill(pid, signal.SIGKILL)
        sys.exit(1)

    def expect(pattern):
        nonlocal matched
        end = time.monotonic() + DEADLINE
        while not (found := re.compile(pattern).search(shown, matched)):
            if time.monotonic() > end or not read_some(1):
                fail(f"not seen: {pattern}")
        matched = found.end()

    for line in sys.stdin:
        step, _, text = line.rstrip("\n").partition(" ")
        if step == "send":
            os.write(terminal, text.encode() + b"\r")
        elif step == "key":
            os.write(terminal, bytes([ord(text) & 31]))
        elif step == "expect":
            expect(text)
        elif step == "wait":
            end = time.monotonic() + DEADLINE
            while read_some(1):
                if time.monotonic() > end:
                    fail("it does not end")
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            shown += f"\nstatus {status}"
    print(shown)


main()
