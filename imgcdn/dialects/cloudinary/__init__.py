"""Cloudinary's URL grammar, so that a site moves by changing its host name: components folded into one native spec."""
