"""Official papers on request: registers and lists as XLSX, DOCX or PDF."""
