"""The rows of the native table, one module for each section of the documentation."""
