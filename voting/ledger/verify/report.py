"""What was checked, what failed, and what nobody can check from these files."""

from typing import NamedTuple

PASSED, FAILED, UNCHECKED = "passed", "failed", "unchecked"
SIGNS = {PASSED: "✓", FAILED: "✗", UNCHECKED: "–"}


class Line(NamedTuple):
    """One check: its name for programs, its state, and a sentence in English and in Chinese."""

    check: str
    state: str
    en: str
    zh: str


class Fault(Exception):
    """A check failed; `en` and `zh` say what is wrong."""

    def __init__(self, en, zh):
        super().__init__(en)
        self.en, self.zh = en, zh


class Unsure(Fault):
    """These files cannot show whether it is right; `en` and `zh` say why."""


class Report:
    """The lines of a verification, in the order in which they were found."""

    def __init__(self):
        self.lines = []

    def passed(self, check, en, zh):
        """Note that a check found what it should."""
        self.lines.append(Line(check, PASSED, en, zh))

    def failed(self, check, en, zh):
        """Note that a check found something wrong."""
        self.lines.append(Line(check, FAILED, en, zh))

    def unchecked(self, check, en, zh):
        """Note what could not be checked, and why."""
        self.lines.append(Line(check, UNCHECKED, en, zh))

    def note(self, check, act, *arguments):
        """Note what a check says (in English, in Chinese), or why it failed; the other checks go on."""
        try:
            en, zh = act(*arguments)
        except Unsure as unsure:
            self.unchecked(check, unsure.en, unsure.zh)
        except Fault as fault:
            self.failed(check, fault.en, fault.zh)
        else:
            self.passed(check, en, zh)

    @property
    def good(self):
        """Whether nothing failed."""
        return all(line.state != FAILED for line in self.lines)

    def text(self, language):
        """Return the report for people, in `zh` or `en`."""
        lines = [f"{SIGNS[line.state]} {getattr(line, language)}" for line in self.lines]
        failed = sum(line.state == FAILED for line in self.lines)
        if language == "zh":
            end = f"有 {failed} 项未通过，这份资料不可信。" if failed else "凡能核验的均已通过。"
        else:
            end = (
                f"{failed} of these checks failed: do not trust this."
                if failed
                else "All that can be checked is right."
            )
        return "\n".join([*lines, end])
