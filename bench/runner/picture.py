"""Pictures as SVG, of two kinds: bars of one figure, and curves over a logarithmic axis. They follow the theme."""

import html
import math

STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #656d76 } .grid { stroke: #d0d7de } .ours { fill: #1a7f64 } .bar { fill: #a3aab2 }
  .line { fill: none; stroke-width: 2 } .frame { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #3d444d } .ours { fill: #3fb98f }
    .bar { fill: #656c76 } .frame { fill: #0d1117 }
  }
</style>"""
COLOURS = ["#1a7f64", "#3b6fd4", "#a3763b", "#8a4fbf"]


def number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def svg(width, height, title, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    name = f"<title>{html.escape(title)}</title>"
    frame = f'<rect class="frame" width="{width}" height="{height}" rx="8"/>'
    shown = f'<text class="title" x="20" y="28">{html.escape(title)}</text>'
    return "\n".join([head, name, STYLE, frame, shown, *parts, "</svg>", ""])


def bars(title, values, ours="countersign"):
    """A bar for each value, longest first. Their axis is logarithmic, as some differ a thousandfold; it says so."""
    values = sorted(((name, value) for name, value in values.items() if value), key=lambda pair: -pair[1])
    if not values:
        return None
    left, wide, high = 210, 400, 26
    least = 10 ** math.floor(math.log10(min(value for _, value in values) / 1.5))
    most = values[0][1]
    if least == most:
        least /= 10
    parts, y = [], 46
    for name, value in values:
        length = max(2, wide * math.log(value / least) / math.log(most / least))
        kind = "ours" if name.startswith(ours) else "bar"
        parts.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{left}" y="{y + 2}" width="{length:.1f}" height="{high - 8}" rx="2"/>')
        parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 15}">{number(value)}</text>')
        y += high
    axis = f"a second; the axis is logarithmic, from {number(least)}"
    parts.append(f'<text class="quiet" x="{left}" y="{y + 16}">{axis}</text>')
    return svg(700, y + 32, title, parts)


def curves(title, lines, x_name, y_name):
    """A curve for each line of (x, y); both axes are logarithmic."""
    points = [point for line in lines.values() for point in line]
    if not points:
        return None
    left, top, wide, high = 76, 66, 584, 260
    x_least, x_most = min(x for x, _ in points), max(x for x, _ in points)
    y_least = 10 ** math.floor(math.log10(min(y for _, y in points)))
    y_most = 10 ** math.ceil(math.log10(max(y for _, y in points)))
    x_at = lambda x: left + wide * math.log(x / x_least) / math.log(max(x_most / x_least, 1.001))
    y_at = lambda y: top + high * (1 - math.log(y / y_least) / math.log(y_most / y_least))
    parts, tick = [], y_least
    while tick <= y_most:
        y = y_at(tick)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="quiet" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{number(tick)}</text>')
        tick *= 10
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text class="quiet" x="{x_at(x):.1f}" y="{top + high + 20}" text-anchor="middle">{x:,}</text>')
    middle = f'x="{left + wide / 2}" y="{top + high + 40}" text-anchor="middle"'
    parts.append(f'<text class="quiet" {middle}>{x_name}</text>')
    parts.append(f'<text class="quiet" x="{left}" y="{top - 8}">{y_name}</text>')
    for nth, (name, line) in enumerate(lines.items()):
        colour = COLOURS[nth % len(COLOURS)]
        path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in sorted(line))
        parts.append(f'<polyline class="line" stroke="{colour}" points="{path}"/>')
        for x, y in line:
            parts.append(f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="3" fill="{colour}"/>')
        y = top + high + 62 + nth * 20
        parts.append(f'<rect x="{left}" y="{y - 10}" width="12" height="12" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{left + 20}" y="{y}">{html.escape(name)}</text>')
    return svg(700, top + high + 62 + len(lines) * 20, title, parts)
