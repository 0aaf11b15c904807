"""Fetching: whole batches of records from the broker, as columns, without a Python object a record."""
