"""Checks that a file of trace events is what Perfetto reads: trace.py FILE.

Structure and types of each event, slices of a thread that nest, tracks and arrows that are closed,
names for all processes. Prints what is wrong, then counts.
"""

import collections
import json
import numbers
import sys

NEEDED = {
    "M": {"name", "args"},
    "X": {"name", "cat", "dur"},
    "i": {"name", "cat", "s"},
    "b": {"name", "cat", "id"},
    "e": {"name", "cat", "id"},
    "s": {"name", "cat", "id"},
    "f": {"name", "cat", "id", "bp"},
}


def nested(slices):
    """True if no two of the (start, end) overlap without one being in the other, by a nanosecond or
    more: below that, the sums are rounded."""
    open_ends = []
    for start, end in sorted(slices, key=lambda s: (s[0], -s[1])):
        while open_ends and open_ends[-1] < start + 0.001:
            open_ends.pop()
        if open_ends and end > open_ends[-1] + 0.001:
            return False
        open_ends.append(end)
    return True


def problems(events):
    slices, pairs = collections.defaultdict(list), collections.Counter()
    named, seen = set(), set()
    for event in events:
        phase = event.get("ph")
        if phase not in NEEDED or NEEDED[phase] - event.keys():
            yield f"not an event: {event}"
            continue
        if not all(isinstance(event.get(key), int) for key in ("pid", "tid")):
            yield f"whose is it: {event}"
        if "args" in event and not isinstance(event["args"], dict):
            yield f"args are no object: {event}"
        if not all(isinstance(event.get(key, ""), str) for key in ("name", "cat")):
            yield f"neither a name nor a category: {event}"
        if phase == "M" and not isinstance(event["args"].get("name"), str):
            yield f"names nothing: {event}"
        if phase == "i" and event["s"] not in ("g", "p", "t"):
            yield f"of what scope is it: {event}"
        if phase == "X" and not isinstance(event["dur"], numbers.Real):
            yield f"how long is it: {event}"
        if phase == "f" and event["bp"] != "e":
            yield f"binds to nothing: {event}"
        if not isinstance(event.get("ts"), numbers.Real) or event["ts"] < 0:
            yield f"when was it: {event}"
        seen.add(event["pid"])
        if phase == "M" and event["name"] == "process_name":
            named.add(event["pid"])
        if phase == "X":
            if event["dur"] < 0:
                yield f"ends before it begins: {event}"
            slices[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
        if phase in "besf":
            pairs[event["cat"], event["id"]] += 1 if phase in "bs" else -1
    yield from (f"without a name: process {pid}" for pid in seen - named)
    yield from (f"not closed: {key}" for key, count in pairs.items() if count)
    yield from (f"slices overlap: {key}" for key, list_ in slices.items() if not nested(list_))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    wrong = list(problems(events))
    print("\n".join(wrong))
    phases = collections.Counter(event["ph"] for event in events)
    print(" ".join(f"{phase}:{count}" for phase, count in sorted(phases.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
