"""What is kept, who may read it, how it is found. Imports neither `ingest` nor `webui`."""
