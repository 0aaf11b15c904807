"""The cluster: getting in, making topics and sizing them, membership of a group, patience; and a broker for the demo."""
