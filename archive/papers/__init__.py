"""Official papers: registers and lists in the columns of their forms, as DOCX and XLSX."""
