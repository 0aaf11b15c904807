"""What is remembered beyond a day, beside the tenures of numbers: folded day by day in order, as columns, for `fleet/`."""
