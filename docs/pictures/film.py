"""Paint the film of a descent: film.webp, the cat from its first iteration to its last."""

from pathlib import Path

from sheet import CAT, SWIRLS

import backpaint

PATH = Path(__file__).with_name("film.webp")


def main() -> None:
    """Paint it as ``--film docs/pictures/film.webp --film-seconds 5 --film-curve`` does."""
    film = backpaint.Film(PATH, seconds=5, curve=True)
    changes = {"style.weight": 1e3}
    backpaint.paint(
        CAT, SWIRLS, preset="gatys", size=160, iterations=60, changes=changes, film=film
    )
    print(f"{PATH.name}: {PATH.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
