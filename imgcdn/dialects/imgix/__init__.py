"""imgix's URL grammar, so that a site moves by changing its host name: one table, mapped onto the native spec."""
