"""The web front end; start it with ``greenfin ui``."""

from greenfin.ui import main

main()
