"""What people told the server, kept until they take it back: never evicted, never cleared, never begun anew."""
