"""From votes to ranks, and where the cut falls."""

IN, TIED, OUT, WITHDRAWN = "in", "tied", "out", "withdrawn"


def rank(
    votes: list[tuple[str, int]], places: int, least_votes: int = 1, withdrawn: frozenset = frozenset()
) -> list[dict]:
    """Return candidates by votes, most first, with rank and standing.

    Equal votes have one rank and the next rank is skipped (1, 2, 2, 4: standard competition
    ranking); among equals the list's order stays. Standing is `in` for those above the cut at
    `places`, `out` for those below it, and `tied` for all who share the votes at the cut when not
    all of them find a place: which of them are chosen is for the poll's tie rule, never for the
    order of rows. A candidate with fewer than `least_votes` is `out` whatever places are left. Who was
    withdrawn stands last with the votes of ballots cast before, with rank 0, and takes no place.
    """
    order = sorted((item for item in votes if item[0] not in withdrawn), key=lambda item: -item[1])
    rows = []
    for at, (code, count) in enumerate(order):
        same = rows and rows[-1]["votes"] == count
        rows.append({"code": code, "votes": count, "rank": rows[-1]["rank"] if same else at + 1})
    cut = order[places - 1][1] if places <= len(order) else None
    beyond = order[places][1] if places < len(order) else None
    for row in rows:
        if row["votes"] < least_votes or (cut is not None and row["votes"] < cut):
            row["standing"] = OUT
        elif row["votes"] == cut == beyond:
            row["standing"] = TIED
        else:
            row["standing"] = IN
    return rows + [
        {"code": code, "votes": count, "rank": 0, "standing": WITHDRAWN}
        for code, count in votes
        if code in withdrawn
    ]
