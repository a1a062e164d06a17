"""Replay: how a policy would have led a portfolio through time, with steadiness and without."""

from relmkt.replay.paths import Delays, Paths
from relmkt.replay.replays import Replay, Step, replay

__all__ = ["Delays", "Paths", "Replay", "Step", "replay"]
