"""Several front processes on one port, one cache folder and one data folder, and the process that keeps them."""
