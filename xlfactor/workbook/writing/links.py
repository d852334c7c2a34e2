"""Links from cells of a sheet to other cells of the workbook: its `hyperlinks` element, nothing outside the file."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from xlfactor.workbook.addresses import area_of, cell_text, meet
from xlfactor.workbook.results import Area
from xlfactor.workbook.writing.patch import Position
from xlfactor.workbook.writing.sheet_bytes import MAIN, edit_tail

LINKS, LINK = f"{MAIN}hyperlinks", f"{MAIN}hyperlink"
BEFORE = frozenset(  # what may stand between the cells and the links, by the schema's order
    f"{MAIN}{tag}"
    for tag in (
        "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate",
        "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations",
    )
)  # fmt: skip


def with_links(data: bytes, area: Area, targets: Mapping[Position, str]) -> bytes:
    """The sheet part in which the cells of `area` link to these addresses (`Returns!C5`) and to nothing else."""

    def edit(root: etree._Element) -> bool:
        element = root.find(LINKS)
        old = [] if element is None else [e for e in element.iter(LINK) if meet(area_of(e.get("ref", "A1")), area)]
        wanted = [(cell_text(cell), target) for cell, target in sorted(targets.items())]
        if [(e.get("ref"), e.get("location")) for e in old] == wanted:
            return False
        if element is None:
            element = etree.Element(LINKS)
            root.insert(sum(child.tag in BEFORE for child in root), element)
        for link in old:
            element.remove(link)
        for reference, target in wanted:
            etree.SubElement(element, LINK, ref=reference, location=target, display=target)
        if len(element) == 0:
            root.remove(element)
        return True

    return edit_tail(data, edit)
