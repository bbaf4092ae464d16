"""Digital signatures: what those in received files say, and the archive's own on copies it makes."""
