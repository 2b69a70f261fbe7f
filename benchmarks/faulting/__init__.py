"""The parts of `faults.py`: what is done to real servers, and what is asked of them meanwhile."""
