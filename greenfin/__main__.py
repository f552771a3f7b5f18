"""``python -m greenfin``: the command where its script is not on the path."""

from greenfin.cli.main import main

if __name__ == "__main__":
    main()
