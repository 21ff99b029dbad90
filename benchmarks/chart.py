"""Lines over an axis as SVG, one panel below the other, for the pictures in docs/."""

import math
from html import escape
from typing import NamedTuple

WIDTH, PANEL, LEFT, RIGHT, TOP, BOTTOM = 720, 240, 64, 150, 40, 46
COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47", "#444444", "#7f6000")
STYLE = "text{font:13px sans-serif;fill:#222}.title{font-weight:bold}.grid{stroke:#ddd}.axis{stroke:#666}"


class Panel(NamedTuple):
    """One picture: named series of (x, y), drawn from zero up; `powers` makes x a logarithmic axis.

    `limit` is a dashed line at what is allowed, drawn where there is room for it.
    """

    title: str
    x_label: str
    series: dict[str, list[tuple[float, float]]]
    powers: bool = False
    limit: float | None = None


def write_chart(path, title, panels):
    """Write the panels into one SVG file."""
    height = PANEL * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for at, panel in enumerate(panels):
        parts.append(f'<g transform="translate(0 {at * PANEL})">{"".join(_panel(panel))}</g>')
    path.write_text("\n".join([*parts, "</svg>", ""]))


def _panel(panel):
    """Yield the elements of one panel."""
    points = [point for line in panel.series.values() for point in line]
    low, high = min(x for x, _y in points), max(x for x, _y in points)
    step = _step(max([y for _x, y in points] + ([panel.limit] if panel.limit else [])))
    top = 4 * step
    bottom, right = PANEL - BOTTOM, WIDTH - RIGHT

    def across(x):
        scale = math.log10 if panel.powers else float
        span = scale(high) - scale(low) or 1.0
        return LEFT + (right - LEFT) * (scale(x) - scale(low)) / span

    def up(y):
        return bottom - (bottom - TOP) * y / top

    yield f'<text class="title" x="{LEFT}" y="22">{escape(panel.title)}</text>'
    for tick in range(5):
        y = up(tick * step)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick * step:g}</text>'
    for x in _ticks(low, high, panel.powers):
        yield f'<text x="{across(x):.1f}" y="{bottom + 18}" text-anchor="middle">{x:,.10g}</text>'
    yield f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{bottom}H{right}"/>'
    middle = (LEFT + right) / 2
    yield f'<text x="{middle:.0f}" y="{bottom + 36}" text-anchor="middle">{escape(panel.x_label)}</text>'
    if panel.limit:
        yield f'<path stroke="#c00" stroke-dasharray="6 4" d="M{LEFT} {up(panel.limit):.1f}H{right}"/>'
    for at, (name, line) in enumerate(panel.series.items()):
        colour = COLOURS[at % len(COLOURS)]
        places = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line)
        yield f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{places}"/>'
        if panel.powers:
            yield "".join(
                f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>' for x, y in line
            )
        y = TOP + 18 * at
        yield f'<path stroke="{colour}" stroke-width="3" d="M{right + 10} {y}h16"/>'
        yield f'<text x="{right + 32}" y="{y + 4}">{escape(name)}</text>'


def _step(largest):
    """Return a round number, four of which reach above the largest."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest / 4))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if 4 * power * factor >= largest)


def _ticks(low, high, powers):
    """Return where numbers stand on the x axis."""
    if powers:
        exponents = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        return [10**exponent for exponent in exponents] or [low, high]
    step = _step((high - low) or 1)
    return [tick * step for tick in range(math.ceil(low / step), math.floor(high / step) + 1)]
