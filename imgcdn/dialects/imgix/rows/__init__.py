"""The rows of the imgix table, one module for a few of its groups."""
