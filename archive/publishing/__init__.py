"""What makes the holdings findable: sealed generations of catalogue and index, built aside and switched."""
