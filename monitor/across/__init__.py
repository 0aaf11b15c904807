"""Across partitions: what each says of its organisations at a day's close, and the registry that hears all of them."""
