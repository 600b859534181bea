"""A terminal's cells, as `tmux capture-pane -epN` prints them, as a picture (SVG). Standard library only.

Cells stand on an exact grid; lines and blocks are drawn as shapes, so that frames have no gaps; wide characters take
two cells. Only what tmux writes is understood: SGR sequences and text."""
import re
import unicodedata
from xml.sax.saxutils import escape

CELL_W, CELL_H, BASE, SIZE = 8.4, 18.0, 13.4, 14.0
FONTS = "'JetBrains Mono', 'DejaVu Sans Mono', 'VL Gothic', monospace"
DARK = {"bg": "#16181d", "fg": "#d6d8dc", "frame": "#0e1013", "title": "#8b9099"}
LIGHT = {"bg": "#ffffff", "fg": "#1f2328", "frame": "#e4e6ea", "title": "#5a6068"}
ANSI = ["#1d1f21", "#cc4b4b", "#5fa35f", "#c9a227", "#4f83cc", "#a065b5", "#3d9c9c", "#c5c8c6",
        "#6b7078", "#ff5f5f", "#87d787", "#ffd75f", "#5fafff", "#d787d7", "#5fd7d7", "#ffffff"]


def colour(n):
    if n < 16:
        return ANSI[n]
    if n >= 232:
        return "#%02x%02x%02x" % ((8 + (n - 232) * 10,) * 3)
    n -= 16
    return "#%02x%02x%02x" % tuple(0 if v == 0 else 55 + v * 40 for v in (n // 36, n // 6 % 6, n % 6))


class Style:
    """What SGR has set; `key` makes equal looks equal."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.underline = self.reverse = self.italic = False

    def sgr(self, text):
        codes = [int(c) if c else 0 for c in re.split("[;:]", text)]
        flags = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.reset()
            elif c in flags:
                setattr(self, flags[c], True)
            elif c == 22:
                self.bold = self.dim = False
            elif c in (23, 24, 27):
                setattr(self, flags[c - 20], False)
            elif c in (38, 48):
                kind = codes.pop(0)
                if kind == 5:
                    value = colour(codes.pop(0))
                else:
                    value = "#%02x%02x%02x" % tuple(codes.pop(0) for _ in range(3))
                setattr(self, "fg" if c == 38 else "bg", value)
            elif c in (39, 49):
                setattr(self, "fg" if c == 39 else "bg", None)
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.fg = ANSI[c - 30 if c < 90 else c - 82]
            elif 40 <= c <= 47 or 100 <= c <= 107:
                self.bg = ANSI[c - 40 if c < 100 else c - 92]

    def look(self, theme):
        fg, bg = self.fg or theme["fg"], self.bg
        if self.reverse:
            fg, bg = bg or theme["bg"], fg
        return fg, bg, self.bold, self.dim, self.underline, self.italic


def columns(ch):
    if unicodedata.combining(ch) or unicodedata.category(ch) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def cells(text, width, theme):
    """Rows of [column, columns, characters, look]."""
    style, rows = Style(), []
    for line in text.split("\n"):
        row, x = [], 0
        for piece in re.split("(\x1b\\[[0-9;:]*m|\x0e|\x0f)", line):
            if piece.startswith("\x1b["):
                style.sgr(piece[2:-1])
                continue
            for ch in piece:
                w = columns(ch)
                if w == 0 and row:
                    row[-1][2] += ch
                elif w and x + w <= width:
                    row.append([x, w, ch, style.look(theme)])
                    x += w
        rows.append(row)
    return rows


# Each line character as its arms: left, right, up, down; 1 thin, 2 heavy.
LINES = {"─": (1, 1, 0, 0), "━": (2, 2, 0, 0), "│": (0, 0, 1, 1), "┃": (0, 0, 2, 2), "┌": (0, 1, 0, 1), "┐": (1, 0, 0, 1),
         "└": (0, 1, 1, 0), "┘": (1, 0, 1, 0), "├": (0, 1, 1, 1), "┤": (1, 0, 1, 1), "┬": (1, 1, 0, 1), "┴": (1, 1, 1, 0),
         "┼": (1, 1, 1, 1)}
EIGHTHS = "▏▎▍▌▋▊▉█"


def shape(ch, x, y, fg):
    def rect(x, y, w, h):
        return f'<rect x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}" fill="{fg}"/>'
    if ch in EIGHTHS:
        return rect(x, y + 3, CELL_W * (EIGHTHS.index(ch) + 1) / 8, CELL_H - 6)
    left, right, up, down = LINES[ch]
    mx, my, out = x + CELL_W / 2, y + CELL_H / 2, []
    for arm, box in ((left, (x, 0, CELL_W / 2, 0)), (right, (mx, 0, CELL_W / 2, 0))):
        if arm:
            out.append(rect(box[0], my - arm / 2, box[2] + 0.3, arm))
    for arm, top in ((up, y), (down, my)):
        if arm:
            out.append(rect(mx - arm / 2, top, arm, CELL_H / 2 + 0.3))
    return "".join(out)


def text_runs(row):
    """Plain letters of one look go together; anything else alone, which also keeps fonts from joining "->" or "!="."""
    run = None
    for x, w, ch, look in row:
        plain = ch.isascii() and (ch.isalnum() or ch == " ")
        if ch == " " and (run is None or look != run[3]):
            if run:
                yield run
            run = None
            continue
        if plain and run and run[3] == look and run[0] + run[1] == x:
            run[1] += 1
            run[2] += ch
            continue
        if run:
            yield run
        run = [x, w, ch, look] if plain else None
        if not plain and ch.strip():
            yield [x, w, ch, look]
    if run:
        yield run


def draw_row(row, y):
    out, under = [], []
    for x, w, ch, look in row:
        if look[1]:
            if under and under[-1][2] == look[1] and under[-1][0] + under[-1][1] == x:
                under[-1][1] += w
            else:
                under.append([x, w, look[1]])
    for x, w, bg in under:
        out.append(f'<rect x="{x * CELL_W:.2f}" y="{y:.2f}" width="{w * CELL_W + 0.1:.2f}" height="{CELL_H + 0.1:.2f}" '
                   f'fill="{bg}"/>')
    for x, w, ch, look in text_runs(row):
        fg, _, bold, dim, underline, italic = look
        if ch in LINES or ch in EIGHTHS:
            out.append(shape(ch, x * CELL_W, y, fg))
            continue
        extra = (' font-weight="bold"' if bold else "") + (' opacity="0.6"' if dim else "") + \
                (' font-style="italic"' if italic else "") + (' font-size="16"' if w == 2 and len(ch) == 1 else "")
        out.append(f'<text x="{x * CELL_W:.2f}" y="{y + BASE:.2f}" fill="{fg}"{extra} xml:space="preserve">'
                   f'{escape(ch.rstrip())}</text>')
    for x, w, ch, look in row:
        if look[4]:
            out.append(f'<rect x="{x * CELL_W:.2f}" y="{y + CELL_H - 2.5:.2f}" width="{w * CELL_W + 0.1:.2f}" height="1" '
                       f'fill="{look[0]}"/>')
    return "".join(out)


def svg(text, width, height, title, cursor=None, light=False):
    theme = LIGHT if light else DARK
    pad, bar = 10.0, 26.0
    w, h = width * CELL_W, height * CELL_H
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{w + 2 * pad:.0f}" height="{h + bar + pad:.0f}" '
           f'font-family="{FONTS}" font-size="{SIZE}">',
           f'<rect width="100%" height="100%" rx="7" fill="{theme["frame"]}"/>']
    for i, dot in enumerate(("#ec6a5e", "#f4bf4f", "#61c554")):
        out.append(f'<circle cx="{18 + i * 18}" cy="13" r="5" fill="{dot}"/>')
    out.append(f'<text x="{w / 2 + pad:.1f}" y="17.5" text-anchor="middle" font-size="12" fill="{theme["title"]}">'
               f'{escape(title)}</text>')
    out.append(f'<g transform="translate({pad},{bar})"><rect width="{w:.2f}" height="{h:.2f}" fill="{theme["bg"]}"/>')
    for y, row in enumerate(cells(text, width, theme)[:height]):
        out.append(draw_row(row, y * CELL_H))
    if cursor:
        out.append(f'<rect x="{cursor[0] * CELL_W:.2f}" y="{cursor[1] * CELL_H + 1:.2f}" width="2" '
                   f'height="{CELL_H - 2:.2f}" fill="{theme["fg"]}"/>')
    out.append("</g></svg>\n")
    return "\n".join(out)
