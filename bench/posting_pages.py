"""The rosters of the city and its calendar, against bare pages as long."""

from collections.abc import Iterator, Mapping

from bench import city
from bench.databases import use
from bench.measure import Run, Times, Work, interleaved
from bench.pages import PAGE_GOAL, in_database, queries_of, signed_in, visit
from bench.staffed import SECRETARIES, staff
from bench.table import Line
from cadres.views.people import PAGE_SIZE

WARM_UP, QUERIES_GOAL = 2, 11
BARE = "bare, as long"
PAGES = {
    "roster of 679": f"/cadres/{city.CITY}/postings/?kind=first_secretary",
    "roster of 679, searched": f"/cadres/{city.CITY}/postings/?q=示6",
    "calendar of the city": f"/cadres/{city.CITY}/calendar/",
    "calendar of a township": f"/cadres/{city.TOWNSHIP}/calendar/",
}
# The account and the list that it opens.
PEOPLE = {
    "persons of the city": (city.CITY, f"/cadres/{city.CITY}/people/"),
    "its last page": (city.CITY, f"/cadres/{city.CITY}/people/?page=270"),
    "persons of a county": (city.COUNTY, f"/cadres/{city.COUNTY}/people/"),
}
# The same list searched; the role asks the teams for all of their members.
SEARCHED = {
    "persons of the city, searched": (city.CITY, f"/cadres/{city.CITY}/people/?q=示7"),
    "members of its teams": (city.CITY, f"/cadres/{city.CITY}/people/?role=role:team"),
}


def posting_pages(run: Run) -> Iterator[Line]:
    """27,000 persons, 679 of them sent to a village; every page beside a bare one of its length."""
    use("staffed", staff)
    rosters = {name: (city.CITY, address) for name, address in PAGES.items()}
    for name, ours, bare, queries in _measured(run, rosters, (SECRETARIES, 9)):
        yield Line(f"{name}, p50", ours.p50, bare.p50, BARE)
        yield Line(f"{name}, p95", ours.p95, bare.p95, BARE)
        yield _queries(name, queries)
    for name, ours, bare, queries in _measured(run, PEOPLE | SEARCHED, (PAGE_SIZE, 7)):
        goal = PAGE_GOAL if name in PEOPLE else None
        yield Line(f"{name}, p50", ours.p50, bare.p50, BARE)
        yield Line(f"{name}, p95", ours.p95, bare.p95, BARE, at_most=goal)
        yield _queries(name, queries)


def _measured(
    run: Run, pages: Mapping[str, tuple[str, str]], cells: tuple[int, int]
) -> Iterator[tuple[str, Times, Times, int]]:
    """Each page with the times of a bare one of so many rows and cells that is as long."""
    works: dict[str, Work] = {}
    for name, (username, address) in pages.items():
        size = len(signed_in(username).get(address).content)
        rows, columns = cells
        works[name] = in_database("staffed", visit(username, address))
        bare = f"/bench/page/{rows}/{columns}/{size}/"
        works[f"bare, {name}"] = in_database("staffed", visit(username, bare))
    queries = {name: queries_of(works[name]) for name in pages}
    interleaved(works, WARM_UP, run.clock)
    times = interleaved(works, run.heavy_rounds(40), run.clock)
    for name in pages:
        yield name, times[name], times[f"bare, {name}"], queries[name]


def _queries(name: str, queries: int) -> Line:
    return Line(f"{name}, queries", queries, 2, BARE, "", at_most=QUERIES_GOAL, absolute=True)
