"""The rules, one a file: each reads a moment's state and says which verdicts hold."""
