"""Someone's URL grammar in, an `Ask` out: parameter tables, readers and mounts. Pure."""
