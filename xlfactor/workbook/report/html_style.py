"""The style sheet of the HTML report: light, dark, paper and phone."""

from __future__ import annotations

from xlfactor.workbook.report.document import Document
from xlfactor.workbook.template.styles import BAD, GOOD, GREY, LINE, NAVY, PALE, SERIES, WARN
from xlfactor.workbook.text import clean

DARK_SERIES = (
    "8FB4F0", "F2A36B", "8FCB76", "E0C25A", "C49AE8", "5FC3E0", "F0D070", "E08A8A", "7FCFCF", "E59AC0", "B5E09A",
    "B8CCF5", "F8CDB0", "CBE8BC", "C8C8C8",
)  # fmt: skip
LIGHT = {"ground": "ffffff", "ink": "1b1f27", "soft": GREY.replace("7F7F7F", "5f6570"), "rule": LINE, "head": NAVY,
         "on-head": "ffffff", "pale": PALE, "ok": GOOD[0], "ok-ink": GOOD[1], "warn": WARN[0], "warn-ink": WARN[1],
         "bad": BAD[0], "bad-ink": BAD[1]}  # fmt: skip
DARK = {"ground": "14171d", "ink": "e6e9ef", "soft": "a3abb8", "rule": "39404d", "head": "a9c4f5", "on-head": "14171d",
        "pale": "1e232c", "ok": "24401f", "ok-ink": "b9e3a8", "warn": "4d3c0a", "warn-ink": "ffdf80",
        "bad": "541a22", "bad-ink": "ffb3bc"}  # fmt: skip

RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.45 Calibri,Carlito,"Segoe UI",system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:0 20px 40px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;padding:10px 0;border-bottom:1px solid var(--rule)}
nav a{color:var(--head);text-decoration:none}nav a:hover,nav a:focus{text-decoration:underline}
section{padding-top:22px}
h1,h2{color:var(--head);font-size:24px;margin:0 0 6px;line-height:1.2}
h3{color:var(--head);font-size:15px;margin:0 0 2px;padding-bottom:3px;border-bottom:2px solid var(--head)}
.facts{display:flex;flex-wrap:wrap;gap:2px 26px;margin:0;padding-bottom:8px;border-bottom:2px solid var(--head)}
.facts dt{color:var(--soft);font-size:11px}.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.band{display:flex;flex-wrap:wrap;gap:20px 32px;margin-top:20px;align-items:flex-start}
.item{flex:1 1 420px;min-width:0}
.note{color:var(--soft);font-style:italic;font-size:.86em;margin:3px 0 5px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:3px 8px;border-bottom:1px solid var(--rule);text-align:left;font-weight:400;vertical-align:top}
thead th{background:var(--head);color:var(--on-head);font-weight:600;white-space:nowrap}
.n{text-align:right}.n,time{white-space:nowrap}
.total>*{font-weight:700;background:var(--pale);border-top:1px solid var(--head)}.subtotal>*{font-style:italic}
.ok,.warn,.bad{border-radius:3px;padding:0 5px;font-weight:600}
.ok{background:var(--ok);color:var(--ok-ink)}.warn{background:var(--warn);color:var(--warn-ink)}
.bad{background:var(--bad);color:var(--bad-ink)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:10px;flex:1 1 100%}
.tile{background:var(--pale);border-top:3px solid var(--head);padding:8px 6px;text-align:center}
.tile p{margin:0;color:var(--soft);font-size:12px}.tile p.figure{color:var(--head);font-size:25px;font-weight:700}
figure{margin:0}figcaption{color:var(--head);font-weight:600;margin-bottom:4px}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font-size:11px}svg .value{fill:var(--ink)}
.item.alone svg{max-height:420px}
.grid{stroke:var(--rule);stroke-width:.7}.axis{stroke:var(--soft);stroke-width:1}
path.line{fill:none;stroke-width:1.6;stroke-linejoin:round}.dot{fill-opacity:.65}
footer{color:var(--soft);font-size:12px;margin-top:30px}
@media(max-width:600px){main{padding:0 12px 24px}th,td{padding:3px 5px}.band{gap:16px}.item{flex-basis:100%}
#by_asset td:nth-child(2){min-width:9em}#diagnosis td:last-child{min-width:14em}
#checks td:nth-last-child(-n+2){min-width:11em}svg text{font-size:15px}}
"""
PAPER = """
@media print{body{font-size:10px}main{max-width:none;padding:0}nav{display:none}
section{break-before:page;padding-top:0}section:first-of-type{break-before:auto}h1,h2{font-size:17px}.band{margin-top:12px}
.item{flex-basis:300px}.band,tr,figure,.tile{break-inside:avoid}.band.long{break-inside:auto}
h3{break-after:avoid}thead{display:table-header-group}.scroll{overflow:visible}
th,td{padding:1.5px 5px}.tile p.figure{font-size:18px}.item.alone svg{max-height:300px}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""


def style(document: Document) -> str:
    """Variables of both looks, rules, and the facts in the margin of every printed page."""
    light, dark = variables(LIGHT, SERIES), variables(DARK, DARK_SERIES)
    series = "".join(f".s{k}{{fill:var(--s{k})}}path.s{k}{{stroke:var(--s{k});fill:none}}" for k in range(len(SERIES)))
    facts = css_text(f"{document.title} · " + " · ".join(f"{label} {value}" for label, value in document.facts))
    boxes = "font:7.5pt Calibri,Carlito,sans-serif;color:#5f6570"
    page = (
        f"@page{{size:A4 landscape;margin:10mm 10mm 14mm;@bottom-left{{content:{facts};width:88%;{boxes}}}"
        f'@bottom-right{{content:counter(page) " of " counter(pages);{boxes}}}}}'
    )
    return (
        f":root{{color-scheme:light dark;{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"{RULES}{series}{PAPER}{page}"
    )


def variables(colours: dict[str, str], series: tuple[str, ...]) -> str:
    named = colours | {f"s{k}": colour for k, colour in enumerate(series)}
    return "".join(f"--{name}:#{colour};" for name, colour in named.items())


def css_text(text: str) -> str:
    """A string of a style sheet: every character that is not plain becomes its code, so none can end the string."""
    plain = "".join(c if (c.isalnum() and c.isascii()) or c in " .,:%" else f"\\{ord(c):x} " for c in clean(text))
    return f'"{plain}"'
