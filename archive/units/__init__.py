"""The register of units: how it is read, built, changed by archivists and kept with its history."""
