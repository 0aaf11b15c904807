"""A field to try things in: topics on a broker, workers as processes, and what they have kept."""
