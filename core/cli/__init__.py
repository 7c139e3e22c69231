"""The command line: arguments in, one call of the pipeline, words and exit codes out."""
