"""The JSON and upload APIs, one module per API family, over the same sources and sight as every picture."""
