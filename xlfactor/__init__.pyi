from xlfactor.errors import FactorError as FactorError
from xlfactor.errors import FactorWarning as FactorWarning
from xlfactor.functions.help import xlfactor_help as xlfactor_help
from xlfactor.functions.help import xlfactor_version as xlfactor_version
from xlfactor.functions.regression import factor_noise as factor_noise
from xlfactor.functions.regression import factor_returns as factor_returns
from xlfactor.functions.regression import factor_tstats as factor_tstats
from xlfactor.functions.regression import idio_returns as idio_returns
from xlfactor.functions.regression import regression_summary as regression_summary

__version__: str
