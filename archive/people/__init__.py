"""Who may sign in: accounts, their grants, bulk issue with a printable hand-out."""
