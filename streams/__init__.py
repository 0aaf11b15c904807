"""Nummerwacht on Kafka: the same way as in `monitor`, fed by topics and kept in tables."""

from streams import memory

memory.polars()
