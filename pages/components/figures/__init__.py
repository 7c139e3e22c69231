"""Figures and tables that open the images behind them."""
