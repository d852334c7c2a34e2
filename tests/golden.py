"""Published numbers to reproduce (tests/data/golden), made by other packages or by NumPy alone, never by our code.

G1 to G18 name the cases: an R vignette (G1), toraniko (G14), linearmodels (G15), skfolio (G16, G17), NumPy (G18).
"""

import json
from pathlib import Path

from tests.needs import need

GOLDEN = Path(__file__).parent / "data" / "golden"
CASES = json.loads((GOLDEN / "golden_cases.json").read_text())

# The vignette's own data are not ours to copy: they lie beside a developer's checkout.
MIC_EXAMPLE = Path(__file__).parents[2] / "shared" / "golden" / "mic_example.csv"
need_mic_example = need(MIC_EXAMPLE.is_file(), "the data of the R vignette are not beside this checkout")
