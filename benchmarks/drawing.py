"""Charts as SVG: horizontal bars and lines. Each is one text, light and dark as the reader's page is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 760
_LABELS, _VALUES, _TOP = 170, 90, 84
_BAR, _GAP = 15, 12
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 15px }
.quiet { fill: #656d76 } .axis { stroke: #d0d7de } .ours0 { fill: #0969da } .ours1 { fill: #79b8ff }
.theirs0 { fill: #8c959f } .theirs1 { fill: #c4cbd3 } polyline { fill: none; stroke-width: 2.5 }
.line0 { stroke: #0969da } .line1 { stroke: #bc4c00 } .line2 { stroke: #8c959f } .line3 { stroke: #1a7f37 }
.dot0 { fill: #0969da } .dot1 { fill: #bc4c00 } .dot2 { fill: #8c959f } .dot3 { fill: #1a7f37 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .quiet { fill: #9198a1 } .axis { stroke: #3d444d } }
"""
_LINE_COLORS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """The bars of one contender, one for each series; None where nothing was measured."""

    label: str
    values: tuple[float | None, ...]
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a value for each place on the x axis; None where nothing was measured."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels; a logarithmic one starts at the power of ten below the least value."""

    least: float
    most: float
    pixels: float
    is_logarithmic: bool = False

    @classmethod
    def over(cls, values: Sequence[float], pixels: float, *, is_logarithmic: bool) -> "Scale":
        """A scale that has room for all of them."""
        if is_logarithmic:
            return cls(10 ** math.floor(math.log10(min(values))), 1.1 * max(values), pixels, is_logarithmic=True)
        return cls(0.0, 1.05 * max(values), pixels)

    def at(self, value: float) -> float:
        """How many pixels from the beginning."""
        if not self.is_logarithmic:
            return self.pixels * (value - self.least) / (self.most - self.least)
        return self.pixels * math.log10(max(value, self.least) / self.least) / math.log10(self.most / self.least)

    def ticks(self) -> list[float]:
        """Round values, some four of them."""
        if self.is_logarithmic:
            powers = range(round(math.log10(self.least)), math.floor(math.log10(self.most)) + 1)
            return [10.0**power for power in powers]
        step = 10 ** math.floor(math.log10(self.most / 4))
        step *= next(factor for factor in (1, 2, 5, 10) if self.most / (factor * step) <= 5)
        return [step * number for number in range(math.floor(self.most / step) + 1)]


def bars(title: str, remark: str, series: Sequence[str], rows: Sequence[Row], *, is_logarithmic: bool = False) -> str:
    """Rows of bars, the longest to the right."""
    shown = [row for row in rows if any(value is not None for value in row.values)]
    values = [value for row in shown for value in row.values if value is not None]
    scale = Scale.over(values, _WIDTH - _LABELS - _VALUES, is_logarithmic=is_logarithmic)
    parts, y = [*_head(title, remark, scale), *_legend(series, "ours")], float(_TOP)
    for row in shown:
        middle = y + len(series) * _BAR / 2
        parts.append(_text(_LABELS - 10, middle + 4, row.label, anchor="end"))
        for number, value in enumerate(row.values):
            if value is not None:
                kind = f"{'ours' if row.is_ours else 'theirs'}{number}"
                parts.append(_bar(_LABELS, y, scale.at(value), kind))
                parts.append(_text(_LABELS + scale.at(value) + 6, y + 12, short(value), kind="quiet"))
            y += _BAR
        y += _GAP
    return _svg(parts, y)


def lines(
    title: str, remark: str, x_labels: Sequence[str], drawn: Sequence[Line], *, is_logarithmic: bool = False
) -> str:
    """Lines from left to right."""
    height, left = 220, 70
    values = [value for line in drawn for value in line.values if value is not None]
    scale = Scale.over(values, height, is_logarithmic=is_logarithmic)
    width = _WIDTH - left - 30
    xs = [left + width * (number + 0.5) / len(x_labels) for number in range(len(x_labels))]
    parts = [*_head(title, remark, scale), *_legend([line.label for line in drawn], "dot")]
    for tick in scale.ticks():
        y = _TOP + height - scale.at(tick)
        parts.append(f'<line class="axis" x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(left - 8, y + 4, short(tick), kind="quiet", anchor="end"))
    parts += [
        _text(x, _TOP + height + 20, label, kind="quiet", anchor="middle")
        for x, label in zip(xs, x_labels, strict=True)
    ]
    for number, line in enumerate(drawn):
        points = [
            (x, _TOP + height - scale.at(value))
            for x, value in zip(xs, line.values, strict=True)
            if value is not None
        ]  # fmt: skip
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        color = number % _LINE_COLORS
        parts.append(f'<polyline class="line{color}" points="{path}"/>')
        parts += [f'<circle class="dot{color}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
    return _svg(parts, _TOP + height + 30)


def short(value: float) -> str:
    """Three digits at most, with k for thousands."""
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    if value >= 1_000:
        return f"{value / 1000:.1f}k".replace(".0k", "k")
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _head(title: str, remark: str, scale: Scale) -> list[str]:
    said = f"{remark}; the scale is logarithmic" if scale.is_logarithmic else remark
    return [_text(10, 22, title, kind="title"), _text(10, 42, said, kind="quiet")]


def _legend(labels: Sequence[str], kind: str) -> list[str]:
    """What the colours mean."""
    parts, x = [], 10.0
    for number, label in enumerate(labels):
        parts.append(f'<rect class="{kind}{number}" x="{x:.0f}" y="53" width="11" height="11"/>')
        parts.append(_text(x + 16, 63, label, kind="quiet"))
        x += 40 + 7.2 * len(label)
    return parts


def _bar(x: float, y: float, length: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{max(1.0, length):.1f}" height="{_BAR - 2}"/>'


def _text(x: float, y: float, text: str, *, kind: str = "", anchor: str = "start") -> str:
    styled = f' class="{kind}"' if kind else ""
    return f'<text{styled} x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], height: float) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height + 10:.0f}" role="img">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])
