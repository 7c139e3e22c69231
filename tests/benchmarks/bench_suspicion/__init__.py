"""How suspicion was made: everything that was tried, on data that nothing else is measured on."""
