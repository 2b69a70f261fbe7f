"""What somebody must know who moves from another service: what its logs ask for, and how alike the answers are."""
