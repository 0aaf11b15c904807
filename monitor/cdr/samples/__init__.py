"""Records of each dialect, and what is wanted of them."""
