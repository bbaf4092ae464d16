"""Access copies: PDF/A-2b made of page images and their readings."""
