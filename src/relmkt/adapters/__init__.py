"""The rim: files, data frames and engines. Optional packages are imported where they are used."""
