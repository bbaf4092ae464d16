"""What of the holdings a person should look at."""
