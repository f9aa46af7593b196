"""Makes the program's packages importable from the checkout, whatever starts pytest and from wherever."""

import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# A busy machine is slow at times; a time limit per example would make a test fail for that alone.
settings.register_profile("ktr", deadline=None, max_examples=40)
settings.load_profile("ktr")
