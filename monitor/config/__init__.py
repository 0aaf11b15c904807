"""How configuration is written: strict YAML, closed forms, durations, zones and names; and what is wrong with it, in words."""
