"""Where source bytes come from, and the guard on which paths and addresses may be read."""
