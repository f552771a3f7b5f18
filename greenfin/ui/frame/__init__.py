"""The frame around the pages: start, log-in, navigation, what is kept, how things are drawn."""
