"""One release of the same application under the same load, done in different ways in one run.

The containers behind each proxy are those of the platform's slots, or for Compose made of what they are, so that the
ways differ in nothing but how traffic moves.
"""

from tests.bench.releases.comparison import compare_releases
from tests.bench.releases.figures import ReleaseFigures
from tests.bench.releases.table import print_releases

__all__ = ["ReleaseFigures", "compare_releases", "print_releases"]
