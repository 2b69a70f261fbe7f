"""The rows of the Cloudinary table, one module for a few of its groups."""
