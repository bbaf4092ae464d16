"""What a batch has brought, in figures and words, for people and programs."""
