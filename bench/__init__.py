"""Speed, memory and what is found: measured side by side, never in a timed test."""
