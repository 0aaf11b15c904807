"""Nummerwacht on Kafka: the same way as in `monitor`, fed by topics and kept in tables."""
