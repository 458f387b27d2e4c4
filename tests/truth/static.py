#!/usr/bin/env python3
"""How well a static look at the corpus's programs foretells what they did on the true machine.

usage: static.py ROOT AUDIT.json

ROOT is the i386 root, AUDIT.json the report of `ttrace audit -f json ROOT`. A program broke if one of
its commands in verdicts.tsv was anything but fine. Prints, for each way to judge, the precision (of
what it accuses, how much broke) and the recall (of what broke, how much it accuses), as a table; then
the programs that it gets wrong.
"""
import csv
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The program that a command of the corpus is about, by the first word of its id.
PROGRAMS = {"bb": "busybox", "py": "python3", "sh": "dash", "sqlite": "sqlite3", "cat": "cat"}


def verdicts():
    with open(os.path.join(HERE, "verdicts.tsv"), encoding="utf-8") as file:
        return {row["id"]: row["class"] for row in csv.DictReader(file, delimiter="\t")}


def program_of(command):
    if command.startswith("gpg-agent"):
        return "gpg-agent"
    word = command.split("-")[0]
    return PROGRAMS.get(word, word)


def find(root, name):
    """The program's real path within the root."""
    for directory in ("usr/bin", "bin", "usr/sbin", "sbin"):
        path = os.path.join(root, directory, name)
        if os.path.exists(path):
            return "/" + os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    raise SystemExit(f"static.py: {name} is not in {root}")


def oe_accuses(root, path, names):
    out = subprocess.run(["nm", "-D", "--undefined-only", root + path], capture_output=True,
                         text=True, check=True).stdout
    return any(line.split()[-1].split("@")[0] in names for line in out.splitlines())


def figures(broke, accused):
    hits = len(broke & accused)
    return (hits / len(accused) if accused else 1.0), hits / len(broke)


def main():
    root, report = sys.argv[1].rstrip("/"), json.load(open(sys.argv[2], encoding="utf-8"))
    programs, broke = set(), set()
    for command, verdict in verdicts().items():
        path = find(root, program_of(command))
        programs.add(path)
        if verdict != "fine":
            broke.add(path)
    said = {file["path"]: file["verdict"] for file in report["files"]}
    with open(os.path.join(HERE, "oe-32bit-time.txt"), encoding="utf-8") as file:
        names = set(file.read().split())
    judges = {
        "breaks": {p for p in programs if said[p] == "breaks"},
        "breaks or may break": {p for p in programs if said[p] in ("breaks", "may break")},
        "OpenEmbedded's list": {p for p in programs if oe_accuses(root, p, names)},
    }
    print(f"# {len(programs)} programs, {len(broke)} broke")
    for judge, accused in judges.items():
        precision, recall = figures(broke, accused)
        print(f"{judge}\t{len(accused)}\t{precision:.2f}\t{recall:.2f}")
        names_of = lambda paths: " ".join(sorted(os.path.basename(p) for p in paths))
        print(f"# {judge}: wrongly accused: {names_of(accused - broke)}; missed: {names_of(broke - accused)}")


main()
