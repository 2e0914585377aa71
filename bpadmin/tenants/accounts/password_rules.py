"""What a password must be: not one that a guesser tries early."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

# Guesses up to a hundred million: below that a stolen table of hashes gives the password away within hours.
LEAST_SCORE = 3
LONGEST = 128
# zxcvbn looks at this much: its time grows with the square of the length.
LOOKED_AT = 72
# Words that everybody knows who knows what this is for.
WORDS = (
    *("bpadmin", "brightpattern", "jtel", "conpeek", "dialler", "dialer", "campaign", "supervisor", "administrator"),
    *("viewer", "operator", "callcentre", "callcenter", "contactcentre", "contactcenter", "outbound"),
)


class StrengthValidator:
    """Refuse what zxcvbn thinks is guessed soon: common words and names, with a figure or a capital letter added."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError with what would help."""
        if len(password) > LONGEST:
            raise ValidationError(f"A password has at most {LONGEST} characters.", code="password_too_long")
        # Its word lists take a tenth of a second and some megabytes: only processes in which passwords change load it.
        from zxcvbn import zxcvbn

        names = [getattr(user, name, "") for name in ("username", "first_name", "last_name", "email")]
        found = zxcvbn(password[:LOOKED_AT], user_inputs=[*WORDS, *(name for name in names if name)])
        if found["score"] < LEAST_SCORE:
            raise ValidationError(
                "This password would be guessed soon: figures, signs or a capital letter added to a common word are "
                "what is tried first. Take several words that do not belong together.",
                code="password_too_weak",
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return "Several words that do not belong together; no common word with figures added."
