"""What all dialects share: routes, keys, limits, parameters, error replies. No vendor is named here."""
