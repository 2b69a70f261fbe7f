"""What is kept: references, analyses, renditions and fetched originals, content-addressed and bounded."""
