"""Arithmetic on arrays that several rooms share; it knows neither scores nor files."""
