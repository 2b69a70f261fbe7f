"""Convertly's API: stored files, presets, purge and signed transforms, under /api. Its delivery URLs are native."""
