"""What is kept: one OCFL package per dossier, its pages as renditions; written, read and checked."""
