"""What a process must find in its environment before libvips is loaded; apart, so that the front can say it."""

ENVIRONMENT = {"VIPS_CONCURRENCY": "1", "MALLOC_ARENA_MAX": "2"}
"""One libvips thread per worker (there is a worker per core), and few malloc arenas, which never shrink."""
