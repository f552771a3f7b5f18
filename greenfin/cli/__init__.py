"""The command line: parse, call, print, exit code. The contract is in ``docs/cli.md``."""
