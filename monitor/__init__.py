"""The pure domain of Nummerwacht: columns in, columns out; no Kafka, no sockets, no clock.

The data's way, one verb a step: parse (`cdr`), attribute (`attribution`), observe and merge
(`usage`), measure (`tenure`, `fleet`), judge (`rules`), tell (`alert`, `told`).
"""
