"""Facts about the tree that no compiler holds: each module holds the checks of one concept."""
