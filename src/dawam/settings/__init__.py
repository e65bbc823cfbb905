"""Settings from files, variables and arguments, bound to plain options dataclasses; each value knows its source."""

from dawam.settings.report import SettingValue
from dawam.settings.settings import Settings
from dawam.settings.sources import ENVIRONMENT_VARIABLE, SettingsSources, process_environment

__all__ = ["ENVIRONMENT_VARIABLE", "SettingValue", "Settings", "SettingsSources", "process_environment"]
