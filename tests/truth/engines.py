#!/usr/bin/env python3
"""Compares what two engines made of the corpus (run.py), and prints one line a command as compare.py
does. The end of the command and the findings must be the same: their ids, levels, programs, and the
calls of the C library that failed. ENGINE-DIFFERENCES lists what cannot be, and why: a line for each
thing that one engine alone tells. All of it must be seen, and nothing else."""
import csv
import json
import sys
from collections import defaultdict

ENGINES = ("ptrace", "preload")


def load(path):
    with open(path, encoding="utf-8") as file:
        return {run["id"]: run for run in map(json.loads, file)}


def facts(run):
    """In words, as the lines of ENGINE-DIFFERENCES have them."""
    told = {f"ended with {run['signal'] or run['exit']}{' at its time limit' if run['timeout'] else ''}"}
    for finding in run["findings"]:
        api = finding.get("api") or {}
        told.add(" ".join(str(word or "-") for word in (
            finding["level"], finding["id"], finding["process"]["comm"], api.get("function"),
            api.get("errno"))))
    return told


def differences(run, other):
    """As pairs of who tells it and what."""
    pair = (facts(run), facts(other))
    return {(engine, fact) for engine, own, others in zip(ENGINES, pair, reversed(pair))
            for fact in own - others}


def known_differences(path):
    known, reasons = defaultdict(set), {}
    with open(path, encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            known[row["id"]].add((row["engine"], row["what it alone tells"]))
            reasons[row["id"]] = row["why"]
    return known, reasons


def compare(name, expected, actual, why):
    case = f"engines-{name}"
    if expected == actual:
        print(f"ok\t{case}{' differs as is known: ' + why if why else ''}")
        return
    print(f"not_ok\t{case}\tthe engines differ otherwise than engine-differences.tsv says")
    for text, lines in (("does not differ", expected - actual), ("differs", actual - expected)):
        for engine, fact in sorted(lines):
            print(f"#   {text}: {engine}: {fact}")


def main():
    ours, theirs, known_file = sys.argv[1:]
    known, reasons = known_differences(known_file)
    first, second = load(ours), load(theirs)
    for name, run in first.items():
        compare(name, known.get(name, set()), differences(run, second[name]), reasons.get(name))
    for name in known.keys() - first.keys():
        print(f"not_ok\tengines-{name}\tthere is no such command")


if __name__ == "__main__":
    sys.exit(main())
