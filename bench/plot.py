"""A chart as an SVG that can be read on light and on dark pages."""

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 150, 40, 52
#: Told apart on white and on black, and by people who see no red or no green.
_COLOURS = ("#0f83c9", "#d9740f", "#8a63d2", "#3c9a5f")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}.line{fill:none;stroke-width:2.5}"
    ".axis{stroke:#888;fill:none}.grid{stroke:#8884}.limit{stroke:#c33;"
    "stroke-dasharray:6 4;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.limit{stroke:#f77}}"
)


def chart(
    title: str,
    x_label: str,
    y_label: str,
    ticks: Sequence[str],
    lines: Mapping[str, Sequence[float]],
    limit: float,
) -> str:
    """
    Lines over evenly spaced ticks, from nought up.

    Args:
        title: what it is about.
        x_label: what the ticks are.
        y_label: what the values are.
        ticks: from left to right.
        lines: by name, a value per tick.
        limit: where a line is drawn that the others should stay below.

    """
    highest = max(limit, *(max(values) for values in lines.values())) * 1.15
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def x(index: int) -> float:
        return _LEFT + (right - _LEFT) * index / max(1, len(ticks) - 1)

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * value / highest

    parts = [_text(_LEFT, 20, title)]
    step = 0.5 if highest <= 4 else float(round(highest / 6) or 1)
    for count in range(int(highest / step) + 1):
        at = y(count * step)
        parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{right}"/>')
        parts.append(_text(_LEFT - 8, at + 4, f"{count * step:g}", "end"))
    for index, tick in enumerate(ticks):
        parts.append(_text(x(index), bottom + 20, tick, "middle"))
    parts.append(f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>')
    parts.append(_text((_LEFT + right) / 2, _HEIGHT - 10, x_label, "middle"))
    middle = (_TOP + bottom) / 2
    turned = f' transform="rotate(-90 18 {middle})"'
    parts.append(_text(18, middle, y_label, "middle", turned))
    parts.append(f'<path class="limit" d="M{_LEFT} {y(limit):.1f}H{right}"/>')
    parts.append(_text(right + 10, y(limit) + 4, f"aim: below {limit:g}"))
    for number, (name, values) in enumerate(lines.items()):
        colour = _COLOURS[number]
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(values))
        line = f'<polyline class="line" stroke="{colour}" points="{points}"/>'
        key = bottom - 18 * number
        swatch = (
            f'<path stroke="{colour}" class="line" d="M{right + 10} {key - 4}h18"/>'
        )
        parts += [line, swatch, _text(right + 34, key, name)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' width="{_WIDTH}" height="{_HEIGHT}" role="img"'
        f' aria-label="{escape(title)}"><style>{_STYLE}</style>{"".join(parts)}</svg>\n'
    )


def _text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
        f"{escape(words)}</text>"
    )
