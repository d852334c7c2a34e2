"""Raw descriptors to style loadings: the options as the engine's preparation, and its refusal with labels."""

from __future__ import annotations

import numpy as np

from xlfactor.engine.dated_styles import Preparation
from xlfactor.errors import FactorError, first_five
from xlfactor.panel.blocks import Block
from xlfactor.panel.options import MapOptions
from xlfactor.panel.read import Panel


def preparation(options: MapOptions) -> Preparation | None:
    """What the options ask for, None for nothing."""
    if not (options.winsorize or options.standardize):
        return None
    return Preparation(method="mad" if options.winsorize else "none", standardize=options.standardize)


def labelled(error: FactorError, panel: Panel, block: Block) -> FactorError:
    """A refusal of `engine.dated_styles.prepare_styles` with the date and the styles of its cells."""
    if not error.cells:
        return error
    d = int(np.searchsorted(block.sections.offsets, error.cells[0][0], side="right")) - 1
    names = first_five(panel.styles[j] for _, j in error.cells)
    return error.at(f"{block.loadings_dates[d].date()}, {names}")
