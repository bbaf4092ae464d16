"""Export with proof: a plan, then one streamed ZIP that is a BagIt bag with its certificate; and its check."""
