"""Frozen fitted models: customers' histories in; parameters, how sure, and forecasts out."""

from relmkt.models._fitted import FitStatus
from relmkt.models.bg_nbd import BGNBD
from relmkt.models.forecasts import Forecasts, Models, fit, forecast
from relmkt.models.gamma_gamma import GammaGamma

__all__ = ["BGNBD", "FitStatus", "Forecasts", "GammaGamma", "Models", "fit", "forecast"]
