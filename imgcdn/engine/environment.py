"""What a process must find in its environment before its libraries load; apart, so that the front can say it."""

ENVIRONMENT = {"VIPS_CONCURRENCY": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""One thread of libvips and of numpy a worker, for there is a worker per core; few malloc arenas: they never shrink."""
