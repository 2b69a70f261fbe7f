"""What a process must find in its environment before its libraries load; apart, so that the front can say it."""

ENVIRONMENT = {
    "VIPS_CONCURRENCY": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TOP_PAD_": str(2**20),
}
"""One thread of libvips and of numpy a worker, for there is a worker per core; few malloc arenas: they never shrink.

What a render frees stays with the worker for the next one, up to 32 MiB (glibc's highest threshold for a mapping of its
own): fetching it from the kernel page by page was a fourteenth of a render. Other C libraries ignore these names.
"""

READS_SVG = "IMGCDN_WORKER_READS_SVG"
"""Set to 1 where the settings allow SVG: all who decode must know before they open the first file."""


def environment(*, reads_svg: bool) -> dict[str, str]:
    """Return the environment of a worker."""
    return ENVIRONMENT | {READS_SVG: "1" if reads_svg else "0"}
