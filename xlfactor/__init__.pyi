from xlfactor.errors import FactorError as FactorError
from xlfactor.errors import FactorWarning as FactorWarning
from xlfactor.functions.covariance import asset_covariance as asset_covariance
from xlfactor.functions.covariance import covariance_summary as covariance_summary
from xlfactor.functions.covariance import factor_covariance as factor_covariance
from xlfactor.functions.covariance import parameter_count as parameter_count
from xlfactor.functions.help import xlfactor_help as xlfactor_help
from xlfactor.functions.help import xlfactor_version as xlfactor_version
from xlfactor.functions.ingestion import returns_from_prices as returns_from_prices
from xlfactor.functions.loadings import explained_variance as explained_variance
from xlfactor.functions.loadings import standardize_loadings as standardize_loadings
from xlfactor.functions.loadings import timeseries_loadings as timeseries_loadings
from xlfactor.functions.performance import cumulative_returns as cumulative_returns
from xlfactor.functions.performance import factor_performance as factor_performance
from xlfactor.functions.regression import factor_noise as factor_noise
from xlfactor.functions.regression import factor_returns as factor_returns
from xlfactor.functions.regression import factor_tstats as factor_tstats
from xlfactor.functions.regression import idio_returns as idio_returns
from xlfactor.functions.regression import regression_summary as regression_summary
from xlfactor.functions.risk import exposures as exposures
from xlfactor.functions.risk import risk_by_asset as risk_by_asset
from xlfactor.functions.risk import risk_by_factor as risk_by_factor
from xlfactor.functions.risk import risk_decomposition as risk_decomposition
from xlfactor.functions.winsorization import winsorize as winsorize
from xlfactor.functions.winsorization import winsorize_summary as winsorize_summary

__version__: str
