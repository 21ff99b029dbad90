"""Write a CSV of random test ballots for the real list, for `import_ballots` into a rehearsal.

python3 benchmarks/make_ballots.py 1000000 ballots.csv
"""

import random
import sys

CATEGORIES = [[f"2{at:02}" for at in range(1, 14)], [f"3{at:02}" for at in range(1, 13)]]


def main(count, path):
    """Write `count` ballots of 0 to 10 picks in each category, the same ones each time."""
    chance = random.Random(count)
    with open(path, "w") as file:
        file.write("picks\n")
        for _ballot in range(count):
            picks = [code for codes in CATEGORIES for code in chance.sample(codes, chance.randint(0, 10))]
            file.write(f"{' '.join(picks) or '-'}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
