"""numpy on one thread, as in workers: several wait for each other where cores are busy. Imported before numpy is."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
