"""Who may see what, and why: scope, restrictions, declassification, personal data covered."""
