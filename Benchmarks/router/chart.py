"""Small charts of estimates with their intervals, as SVG for light and dark pages. The same figures give the same bytes."""
import math
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH = 880
LEFT, RIGHT = 64, 16
PLOT_HEIGHT = 250
GAP = 58  # Between panels: the right one has an axis of its own.

# Told apart by people who see few colours, and by shape as well. For light pages, then for dark ones.
STYLES = {
    "blue": ("#0061a8", "#5cb3f2", "circle"),
    "orange": ("#b85c00", "#f2a54a", "square"),
    "green": ("#00754e", "#3ecf9a", "triangle"),
    "purple": ("#8a3f86", "#dd92d8", "diamond"),
    "grey": ("#6b6b6b", "#a8a8a8", "bar"),
}


@dataclass
class Series:
    name: str
    style: str
    # Estimates by panel, then by category; what is missing was not measured.
    panels: list


@dataclass
class Panel:
    title: str
    axis: str  # Below the categories.
    categories: list
    label: str = ""  # Beside the values.
    goals: list = field(default_factory=list)  # Values that have a line.
    low: float | None = None
    high: float | None = None
    log: bool = False  # What is less than `low`, as 0 is, stands there.
    joined: bool = False  # Whether the categories are steps of one thing.


@dataclass
class Chart:
    title: str
    about: str
    series: list
    panels: list

    def svg(self):
        assert 32 + _width(self.about) <= WIDTH, self.about
        legend, top = self._legend()
        bottom = top + 24 + PLOT_HEIGHT
        height = bottom + 36 + 16 * self._lines
        out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
            'aria-labelledby="title about">',
            f'<title id="title">{escape(self.title)}</title>', f'<desc id="about">{escape(self.about)}</desc>', _style(),
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            f'<text class="title" x="16" y="26">{escape(self.title)}</text>', f'<text class="about" x="16" y="46">{escape(self.about)}</text>',
            *legend]
        room = WIDTH - LEFT - RIGHT - (GAP + 10) * (len(self.panels) - 1)
        places = sum(len(panel.categories) for panel in self.panels)
        left = LEFT
        for index, panel in enumerate(self.panels):
            width = room * len(panel.categories) / places
            out += self._panel(index, panel, left, width, top + 24)
            left += width + GAP + 10
        return "\n".join([*out, "</svg>"]) + "\n"

    @property
    def _lines(self):
        """Of the longest category."""
        return max(category.count("\n") + 1 for panel in self.panels for category in panel.categories)

    def _legend(self):
        out, x, y = [], 16, 70
        for series in self.series:
            needed = 20 + _width(series.name) + 16
            if x + needed > WIDTH:
                x, y = 16, y + 20
            out += [_mark(series.style, x + 7, y - 4.5), f'<text x="{x + 20}" y="{y}">{escape(series.name)}</text>']
            x += needed
        if any(panel.goals for panel in self.panels):
            out += [_line("goal", x, y - 4.5, x + 24, y - 4.5), f'<text x="{x + 30}" y="{y}">goal</text>']
        return out, y + 14

    def _panel(self, index, panel, left, width, top):
        scale = self._scale(index, panel)
        bottom = top + PLOT_HEIGHT
        is_cut = any(estimate.mean < scale.ticks[0] for series in self.series for estimate in series.panels[index].values())
        out = [f'<text class="head" x="{left:.1f}" y="{top - 8}">{escape(panel.title)}</text>']
        for value in scale.ticks:
            y = scale.y(value, bottom)
            text = f"≤ {value:g}" if is_cut and value == scale.ticks[0] else f"{value:g}"
            out += [_line("grid", left, y, left + width, y), f'<text class="tick" x="{left - 6:.1f}" y="{y + 4:.1f}">{text}</text>']
        out += [_line("goal", left, scale.y(value, bottom), left + width, scale.y(value, bottom)) for value in panel.goals]
        step = width / len(panel.categories)
        for place, category in enumerate(panel.categories):
            x = left + (place + 0.5) * step
            for number, words in enumerate(category.split("\n")):
                out.append(f'<text class="category" x="{x:.1f}" y="{bottom + 18 + 16 * number}">{escape(words)}</text>')
            if place:
                out.append(_line("grid", left + place * step, top, left + place * step, bottom))
        out += [
            _line("axis", left, bottom, left + width, bottom), _line("axis", left, top, left, bottom),
            f'<text class="category" x="{left + width / 2:.1f}" y="{bottom + 22 + 16 * self._lines}">{escape(panel.axis)}</text>']
        if panel.label:
            x, y = left - 46, top + PLOT_HEIGHT / 2
            out.append(f'<text class="category" x="{x:.1f}" y="{y:.1f}" transform="rotate(-90 {x:.1f} {y:.1f})">{escape(panel.label)}</text>')
        for number, series in enumerate(self.series):
            offset = (number + 0.5) / len(self.series) - 0.5
            out += self._points(series, series.panels[index], panel, scale, left + step * (0.5 + 0.72 * offset), step, bottom)
        return out

    def _points(self, series, estimates, panel, scale, x, step, bottom):
        out, places = [], []
        for place, category in enumerate(panel.categories):
            estimate = estimates.get(category)
            if estimate:
                at = x + place * step
                y = scale.y(estimate.mean, bottom)
                places.append(f"{at:.1f},{y:.1f}")
                if estimate.half > 0:
                    high, low = (scale.y(estimate.mean + sign * estimate.half, bottom) for sign in (1, -1))
                    out += [_line(f"{series.style} stroke", at, high, at, low)]
                    out += [_line(f"{series.style} stroke", at - 4, end, at + 4, end) for end in (high, low)]
                out.append(_mark(series.style, at, y))
        if panel.joined and len(places) > 1:
            out.insert(0, f'<polyline class="{series.style} joined" points="{" ".join(places)}"/>')
        return out

    def _scale(self, index, panel):
        low, high = math.inf, -math.inf
        for series in self.series:
            for estimate in series.panels[index].values():
                half = estimate.half if estimate.half > 0 else 0
                low = min(low, max(estimate.mean - half, estimate.mean / 2) if panel.log else estimate.mean - half)
                high = max(high, estimate.mean + half)
        for value in panel.goals:
            low, high = min(low, value), max(high, value)
        low = panel.low if panel.low is not None else low
        high = panel.high if panel.high is not None else high
        return _Log(low, high) if panel.log else _Linear(low, high)


class _Linear:
    """
    >>> _Linear(0, 0.93).ticks, _Linear(0.9, 1.72).ticks, _Linear(0, 4.1).ticks
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.8, 1.0, 1.2, 1.4, 1.6, 1.8], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    """

    def __init__(self, low, high):
        raw = max(high - low, 1e-9) / 5
        power = 10 ** math.floor(math.log10(raw))
        step = next(step * power for step in (1, 2, 5, 10) if step * power >= raw * 0.999)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        self.ticks = [round(number * step, 10) for number in range(first, last + 1)]

    def y(self, value, bottom):
        low, high = self.ticks[0], self.ticks[-1]
        return bottom - PLOT_HEIGHT * (min(max(value, low), high) - low) / (high - low)


class _Log:
    """
    >>> _Log(70, 1800).ticks
    [50, 100, 200, 500, 1000, 2000]
    """

    def __init__(self, low, high):
        steps = [step * 10 ** power for power in range(-6, 7) for step in (1, 2, 5)]
        first = max(index for index, step in enumerate(steps) if step <= low * 1.001)
        last = min(index for index, step in enumerate(steps) if step >= high * 0.999)
        self.ticks = steps[first:last + 1]

    def y(self, value, bottom):
        low, high = math.log(self.ticks[0]), math.log(self.ticks[-1])
        return bottom - PLOT_HEIGHT * (min(max(math.log(max(value, 1e-9)), low), high) - low) / (high - low)


def _width(text):
    """Of a text at 13 px, on the large side: fonts differ."""
    return sum(10 if letter.isupper() or letter.isdigit() else 7 for letter in text)


def _mark(style, x, y):
    shape = STYLES[style][2]
    if shape == "circle":
        return f'<circle class="{style} fill" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    if shape == "bar":
        return f'<rect class="{style} fill" x="{x - 7:.1f}" y="{y - 2:.1f}" width="14" height="4"/>'
    corners = {
        "square": [(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)],
        "triangle": [(0, -5.5), (5.5, 4.5), (-5.5, 4.5)],
        "diamond": [(0, -6), (6, 0), (0, 6), (-6, 0)],
    }[shape]
    return f'<polygon class="{style} fill" points="{" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)}"/>'


def _line(name, x1, y1, x2, y2):
    return f'<line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _style():
    def colours(which, page, text, faint, grid):
        rules = [f".page{{fill:{page}}}", f"text{{fill:{text}}}", f".about,.tick,.category{{fill:{faint}}}", f".grid{{stroke:{grid}}}"]
        rules.append(f".axis,.goal{{stroke:{faint}}}")
        for name, style in STYLES.items():
            rules += [f".{name}.fill{{fill:{style[which]}}}", f".{name}.stroke,.{name}.joined{{stroke:{style[which]}}}"]
        return "\n".join(rules)

    return "\n".join([
        "<style>", "text{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif}", ".title{font-size:16px;font-weight:600}",
        ".head{font-weight:600}", ".tick{text-anchor:end;font-size:12px}", ".category{text-anchor:middle}",
        ".grid{stroke-width:1}", ".goal{stroke-width:1.5;stroke-dasharray:6 4}", ".stroke{stroke-width:1.5}",
        ".joined{stroke-width:1.5;fill:none;opacity:.45}", colours(0, "#ffffff", "#1a1a1a", "#555555", "#e6e6e6"),
        "@media (prefers-color-scheme: dark){", colours(1, "#14181d", "#ececec", "#b0b0b0", "#30363d"), "}", "</style>"])
