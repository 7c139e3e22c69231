"""The sections of the page Calibration."""
