"""libvips: probing headers, making previews, rendering plans and encoding pictures."""
