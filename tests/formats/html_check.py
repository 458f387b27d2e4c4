"""Uses HTML reports as a person would: html_check.py SMALL LARGE HOSTILE [AUDIT]. SMALL is of a run with
findings and several processes, LARGE has 50,000 findings, HOSTILE was made of names that try to be
markup, AUDIT is of a root file system. Prints "ok NAME" and "not ok NAME - why" lines."""

import sys

from browser import Browser

failed = False


def check(name, expected, actual):
    global failed
    if expected == actual:
        print(f"ok {name}")
    else:
        failed = True
        print(f"not ok {name} - expected {expected!r}, got {actual!r}")


ROWS = "document.querySelectorAll('tr.row').length"
SHOWN = "view.shown.length"


def with_mouse(page, path):
    page.open(path)
    total = page.js("rows.length")
    check("html: every finding is in the table", total, page.js(ROWS))
    page.click(".open-row")
    check("html: a click opens a row", "true",
          page.js("document.querySelector('.open-row').getAttribute('aria-expanded')"))
    check("html: ... with its stack", True, page.js("document.querySelectorAll('.detail .frames li').length > 2"))
    page.click(".open-row")
    check("html: another click closes it", 0, page.js("document.querySelectorAll('.detail').length"))
    page.click("#tiles .note")
    check("html: a tile leaves one level", page.js("rows.filter((row) => row.level === 2).length"), page.js(SHOWN))
    page.click("#tiles .note")
    page.click("th.count button")
    page.click("th.count button")
    counts = page.js("view.shown.map((row) => row.count)")
    check("html: a column sorts, most first", sorted(counts, reverse=True), counts)
    page.click(".tree .name")
    check("html: a file narrows the table to its findings", True,
          page.js("view.shown.length > 0 && view.shown.every((row) => row.file === filter.file)"))
    page.click(".tree ul ul .name")
    check("html: ... and a symbol further", True,
          page.js("view.shown.every((row) => row.symbol === filter.symbol)"))
    page.click(".chip")
    check("html: its chip takes the filter away", total, page.js(SHOWN))


def with_keys(page, path):
    page.open(path)
    page.key("/")
    check("html: / leads to the filter", "search", page.js("document.activeElement.type"))
    page.type("no such words")
    page.until(f"{SHOWN} === 0")
    page.js("table.search.value = ''")
    page.type("connect")
    page.until(f"{SHOWN} > 0")
    check("html: words filter", True, page.js("view.shown.every((row) => row.haystack.includes('connect'))"))
    for _ in range(50):
        page.key("Tab")
        if page.js("document.activeElement.classList.contains('open-row')"):
            break
    page.key("Enter")
    check("html: Tab and Enter open a row", 1, page.js("document.querySelectorAll('.detail').length"))
    page.key("ArrowDown")
    check("html: Down goes to the next", True,
          page.js("document.activeElement === document.querySelectorAll('.open-row')[1]"))
    page.js("document.querySelector('[role=tab]').focus()")
    page.key("ArrowRight")
    check("html: Right goes to the next view", "timeline", page.js("document.activeElement.id.slice(4)"))
    check("html: the time line has a lane for each process", True,
          page.js("document.querySelectorAll('.lane').length === 1 + data.timeline.lanes.length"))
    page.js("document.querySelector('.mark').focus()")
    page.key("Enter")
    check("html: a point of it leads to its finding", True,
          page.js("!document.getElementById('findings').hidden && document.activeElement.getAttribute('aria-expanded') === 'true'"))


def on_screens(page, path):
    page.open(path, width=390, height=844)
    page.click(".open-row")
    check("html: nothing is wider than a phone", True,
          page.js("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
    light = page.js("getComputedStyle(document.documentElement).backgroundColor")
    page.open(path, dark=True)
    check("html: dark where the reader's screen is", False,
          light == page.js("getComputedStyle(document.documentElement).backgroundColor"))
    page.click("#theme")
    check("html: ... until the button says otherwise", light,
          page.js("getComputedStyle(document.documentElement).backgroundColor"))


def many(page, path):
    page.open(path)
    page.until(f"{ROWS} > 0", 60)
    check("html: 50,000 findings come in pages", [50000, 100], [page.js("rows.length"), page.js(ROWS)])
    took = {}
    for name, action in {
        "filter by words": "filter.words = ['number', '4999']; refresh()",
        "clear the filter": "filter.words = []; refresh()",
        "sort": "sortBy('file')",
        "next page": "goTo(1)",
    }.items():
        took[name] = page.js(f"(() => {{ const at = performance.now(); {action}; "
                             "document.body.offsetHeight; return performance.now() - at; })()")
    check("html: ... and the last one is reached", True,
          page.js("goTo(499), document.querySelectorAll('tr.row').length === 100"))
    print("# " + ", ".join(f"{name}: {ms:.0f} ms" for name, ms in took.items()))
    check("html: no action takes seconds", [], [name for name, ms in took.items() if ms > 5000])


def hostile(page, path):
    page.open(path)
    check("html: a hostile name is text", True, page.js("document.querySelector('h1').textContent.includes('<img')"))
    page.js("document.querySelectorAll('.open-row').forEach((button) => button.click())")
    page.click("#tab-timeline")
    check("html: ... and makes no element", 0, page.js("document.images.length"))
    check("html: ... nor ends a script", 2, page.js("document.scripts.length"))


def audit(page, path):
    page.open(path)
    check("html: an audit's page has findings", True, page.js("rows.length > 0"))
    if page.js("taints.length > 0"):
        graph(page)
    page.click("#tab-packages")
    page.js("document.querySelectorAll('#packages th button')[5].focus()")
    page.key("Enter")
    breaks = page.js("[...document.querySelectorAll('#packages tbody tr')].map((row) => +row.children[5].textContent)")
    check("html: packages sort by how many of their files break", sorted(breaks, reverse=True), breaks)
    page.open(path, width=390, height=844)
    page.click("#tab-packages")
    check("html: ... at phone width, too", True,
          page.js("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def graph(page):
    page.click("#tab-graph")
    check("html: the graph has lines from calls to libraries to programs", True,
          page.js("document.querySelectorAll('.graph path').length > 2"))
    page.click(".node[data-part=library]")
    chosen = page.js("graph.chosen.library")
    check("html: a library leaves the programs that it taints",
          page.js(f"new Set(taints.filter((t) => t.library === {chosen!r}).map((t) => t.program)).size"),
          page.js("nodesOf('program').length"))
    page.js("document.querySelector('.node[data-part=program]').focus()")
    page.key("Enter")
    page.click(".toolbar button:not(.hidden):last-of-type")
    check("html: a program leads to its findings", True,
          page.js("!document.getElementById('findings').hidden && view.shown.length > 0"))


def main():
    small, large, evil, *audited = sys.argv[1:]
    with Browser() as page:
        with_mouse(page, small)
        with_keys(page, small)
        on_screens(page, small)
        many(page, large)
        hostile(page, evil)
        for path in audited:
            audit(page, path)
        check("html: the console has no complaint", [], page.errors)
        check("html: nothing is asked of the network", [],
              [url for url in page.requests if not url.startswith("file:///") or not url.endswith(".html")])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
