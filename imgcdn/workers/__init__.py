"""Processes that do native work, so that a crash or a hang of a codec never reaches the server."""
