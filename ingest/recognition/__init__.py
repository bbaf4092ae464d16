"""Machine reading of page images: the only rooms that know Tesseract and what helps it."""
