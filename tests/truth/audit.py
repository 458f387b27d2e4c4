#!/usr/bin/env python3
"""Compares an audit's runs of the corpus with what the true machines did, and prints one line a
command: ok, skip or not_ok, its name, and why, parted by tabs."""
import csv
import sqlite3
import sys

# What an audit cannot tell from a run, and why.
KNOWN = {"perl-m": "it prints a number of days, which follows the clock: numbers are not compared"}


def main():
    database, corpus, verdicts = sys.argv[1:]
    with open(verdicts, encoding="utf-8") as file:
        classes = {row["id"]: row["class"]
                   for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    runs = {row[0]: row[1:] for row in sqlite3.connect(database).execute(
        "SELECT command, outcome, now, later, changes FROM run")}
    with open(corpus, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file][1:]
    for name, command in rows:
        outcome, now, later, changes = runs.get(command, ("missing", "", "", ""))
        broke = classes[name] != "fine"
        verdict = "ok" if broke == (outcome == "breaks") and outcome != "missing" else "not_ok"
        why = f"in truth {classes[name]}, here {outcome}: {now}, {later}, {changes}"
        if verdict == "not_ok" and name in KNOWN and outcome == "goes on":
            verdict, why = "skip", KNOWN[name]
        print(verdict, name, " / ".join(why.split("\n")), sep="\t")


if __name__ == "__main__":
    sys.exit(main())
