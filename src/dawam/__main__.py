"""`python -m dawam` is the command `dawam`."""

from dawam.cli.main import main

if __name__ == "__main__":
    main()
