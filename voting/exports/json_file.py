"""The result as JSON for programs: numbers as numbers, names in English whatever the page's language."""

import json
from datetime import UTC

CONTENT_TYPE = "application/json"
FORMAT = "shortlist/result/v1"


def write(table):
    """Yield the file in pieces: `votes`, `share` and `rank` are null where the rules publish none.

    `share` is votes ÷ ballots in percent with two decimals, as text, so that no reader rounds it.
    `chosen` is null while a tie awaits the organiser's decision or a lot.
    """
    document = {
        "format": FORMAT,
        "poll": table.slug,
        "title": table.title,
        "list": table.list_title,
        "demo": table.demo,
        "rehearsal": table.rehearsal,
        "manifest": table.manifest,
        "tally": table.tally,
        "counted_at": f"{table.counted_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "publish": table.publish,
        "tie_rule": table.tie_rule,
        "limited": table.limited,
        "ballots": table.ballots,
        "not_counted": table.not_counted,
        "channels": table.channels,
        "categories": [
            {
                "code": section.code,
                "name": section.name,
                "places": section.places,
                "ballots": section.ballots,
                "blank": section.blank,
                "candidates": [
                    {
                        "code": row.code,
                        "title": row.title,
                        "votes": row.votes,
                        "share": row.percent or None,
                        "rank": row.rank,
                        "standing": row.standing,
                        "chosen": row.chosen,
                    }
                    for row in section.rows
                ],
            }
            for section in table.sections
        ],
    }
    for piece in json.JSONEncoder(ensure_ascii=False, indent=1).iterencode(document):
        yield piece.encode()
    yield b"\n"
