"""`python -m imgcdn` is the `imgcdn` command."""

from imgcdn.cli import main

if __name__ == "__main__":
    main()
