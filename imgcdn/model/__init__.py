"""The nouns that travel between the stages: frozen records, no behaviour beyond their own arithmetic."""
