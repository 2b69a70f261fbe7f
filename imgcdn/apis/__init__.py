"""The JSON and upload APIs, one file per API family."""
