"""Columns: rows that are grouped, looked up, summed over days and packed, whatever they mean."""
