"""Medians of Lighthouse's scores, what is asked of each page, and the table in docs/lighthouse.md."""

from statistics import median

CATEGORIES = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best practices",
    "seo": "SEO",
}
LEAST = 95
# The ballot asks search engines to pass by: who is led there without the list has read nothing.
NOT_TO_BE_FOUND = {("ballot", "seo")}


def scores_of(answer):
    """Return the scores, 0 to 100, of one answer of Lighthouse, and the audits that cost points."""
    scores = {name: round(100 * (answer["categories"][name]["score"] or 0)) for name in CATEGORIES}
    lost = {
        f"{name}: {answer['audits'][part['id']]['title']}"
        for name in CATEGORIES
        for part in answer["categories"][name]["auditRefs"]
        if part["weight"]
        and (answer["audits"][part["id"]]["score"] or 0) < 0.9
        and answer["audits"][part["id"]]["scoreDisplayMode"] not in ("notApplicable", "manual", "informative")
    }
    return scores, lost


def medians(runs):
    """Return the median of each category over several runs."""
    return {name: round(median(scores[name] for scores in runs)) for name in CATEGORIES}


def below(results):
    """Return (page, category, score) of every median that is too low."""
    return [
        (page, name, score)
        for page, scores in results.items()
        for name, score in scores.items()
        if score < LEAST and (page, name) not in NOT_TO_BE_FOUND
    ]


def table(results, spread, sizes):
    """Write the table: median, and in brackets the lowest of the runs where it differs."""
    lines = [
        f"| page | {' | '.join(CATEGORIES.values())} | over the wire |",
        f"| --- |{' --- |' * (len(CATEGORIES) + 1)}",
    ]
    for page, scores in results.items():
        cells = [
            "not asked" if (page, name) in NOT_TO_BE_FOUND else cell(score, spread[page][name])
            for name, score in scores.items()
        ]
        lines.append(f"| {page} | {' | '.join(cells)} | {sizes[page] / 1000:.0f} kB |")
    return "\n".join(lines)


def cell(score, lowest):
    return f"{score}" if lowest == score else f"{score} ({lowest})"


def document(results, spread, sizes, runs, version):
    """Write docs/lighthouse.md."""
    return f"""# Lighthouse

Made by `python -m tests.lighthouse`, which ends with an error where a median is below {LEAST}.

Lighthouse {version} against the demo behind gunicorn on the same machine, with the real list, an open and
a counted poll: mobile, simulated slow 4G and a processor slowed down four times, {runs} runs a page, an
empty cache in each. A number is the median of the runs, in brackets the lowest where it differs. The last
column is what one visit costs with everything that the page loads.

{table(results, spread, sizes)}

The ballot is not to be found by search engines (`noindex`), so SEO is not asked of it.
"""
