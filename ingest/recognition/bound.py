"""A program that reads page images with Tesseract's library in its own process: `python -m ingest.recognition.bound DATA`.

Standard input names a layout and an image file a line ("3 page.bmp"); standard output gives that page's words as a
table like `tesseract … tsv`, then a line with END. The library of the binding is newer and built for newer processors than
a distribution's program: it needs four fifths of the time. Whatever it fails at ends it; the asker knows what to do.
"""

from __future__ import annotations

import sys

END = b"\x04"
LANGUAGE = "vie"


def main(data: str, dpi: str) -> None:
    import tesserocr

    with tesserocr.PyTessBaseAPI(path=data, lang=LANGUAGE) as engine:
        for line in sys.stdin:
            layout, _, path = line.rstrip("\n").partition(" ")
            engine.SetPageSegMode(int(layout))
            engine.SetImageFile(path)
            engine.SetVariable("user_defined_dpi", dpi)
            engine.Recognize()
            sys.stdout.buffer.write(engine.GetTSVText(0).encode() + END + b"\n")
            sys.stdout.buffer.flush()
            engine.Clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
