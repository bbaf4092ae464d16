"""A batch of scanned folders: stock -> plan -> readings -> what is secret -> dossiers kept."""
