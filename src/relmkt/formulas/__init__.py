"""The published equations: arrays in, arrays out; one equation, one function, one citation."""
