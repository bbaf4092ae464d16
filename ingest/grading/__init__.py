"""Which records are secret or restricted, by what names, catalogues, stamps and earlier batches say."""
