"""Rules on data frames: columns as features, conditions and verdicts as expressions."""
