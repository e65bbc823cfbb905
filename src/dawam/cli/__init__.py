"""The command line: thin commands over the application, each loaded when it is used."""
