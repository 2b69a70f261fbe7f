"""What runs inside worker processes: the functions that join the engine and the gravities there."""
