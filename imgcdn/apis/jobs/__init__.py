"""Work that outlives its request: the queue as a port, and what takes it up."""
