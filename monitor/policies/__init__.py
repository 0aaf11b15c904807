"""The policies that come along, one YAML file a profile."""
