"""Received files: what each is, a look at it, one page of it. One module per kind of file."""
