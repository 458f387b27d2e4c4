#!/usr/bin/env python3
"""Compares what two engines made of the corpus (run.py), and prints one line a command as compare.py
does. The end of the command and the findings must be the same: their ids, levels, programs, and the
calls of the C library that failed. ENGINE-DIFFERENCES lists by name what cannot be, and why."""
import csv
import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return {run["id"]: run for run in map(json.loads, file)}


def facts(run):
    found = set()
    for finding in run["findings"]:
        api = finding.get("api") or {}
        found.add((finding["level"], finding["id"], finding["process"]["comm"], api.get("function"),
                   api.get("errno")))
    return {("ended with", run["signal"] or run["exit"], run["timeout"])} | found


def main():
    ours, theirs, known = sys.argv[1:]
    with open(known, encoding="utf-8") as file:
        reasons = {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}
    first, second = load(ours), load(theirs)
    for name, run in first.items():
        expected, actual = facts(run), facts(second[name])
        case = f"engines-{name}"
        if name in reasons:
            why = list(reasons[name].values())[1]
            if expected == actual:
                print(f"not_ok\t{case}\tthe engines agree, but engine-differences.tsv says otherwise")
            else:
                print(f"ok\t{case} differs: {why}")
        elif expected == actual:
            print(f"ok\t{case}")
        else:
            print(f"not_ok\t{case}\tfindings differ")
            for sign, facts_ in (("-", expected - actual), ("+", actual - expected)):
                for fact in sorted(facts_, key=str):
                    print(f"#   {sign} {fact}")
    for name in reasons.keys() - first.keys():
        print(f"not_ok\tengines-{name}\tthere is no such command")


if __name__ == "__main__":
    sys.exit(main())
