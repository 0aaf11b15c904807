"""The cluster: getting in, making topics and sizing them, reading one whole, membership of a group, patience; and a broker for the demo."""
