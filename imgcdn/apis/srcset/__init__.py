"""Responsive pictures: a URL becomes a <picture> in which every size is cropped for itself."""
