"""The fixed widths at which page images are served."""

from __future__ import annotations

WIDTHS = (160, 480, 900, 1400, 2200)


def levels(width: int, height: int) -> list[tuple[int, int, int]]:
    """(width to ask for, its width, its height) of every size worth having, smallest first."""
    sizes = [(wanted, wanted, round(height * wanted / width)) for wanted in WIDTHS[1:] if wanted < width]
    largest = next((wanted for wanted in WIDTHS if wanted >= width), WIDTHS[-1])
    actual = min(width, largest)
    if not sizes or sizes[-1][1] < actual:
        sizes.append((largest, actual, round(height * actual / width)))
    return sizes
