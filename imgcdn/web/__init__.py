"""HTTP: the hot path, the handler behind it, headers, problem answers and operations."""
