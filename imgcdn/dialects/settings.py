"""What the dialects may be told: the keys that URLs are signed with."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from imgcdn.dialects.signing import KEY_ID_PATTERN
from imgcdn.errors import SettingsError

_SHORTEST_SECRET = 16
"""In characters: what is shorter can be guessed, by trying, from one signed URL."""


def _check(keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """Refuse keys that cannot be used. Not as a ValueError: pydantic would show the secret as its input."""
    for identity, secret in keys.items():
        if not re.fullmatch(KEY_ID_PATTERN, identity, re.ASCII):
            raise SettingsError(
                f"signing.keys.{identity} cannot be used: expected a name of 1 to 32 of A–Z, a–z, 0–9, '.', '_' and '-'"
            )
        if len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise SettingsError(
                f"signing.keys.{identity} is too short: expected at least {_SHORTEST_SECRET} characters"
            )
    return keys


class SigningSettings(BaseModel):
    """Signed URLs: proof that we issued them. The first key signs and every key verifies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: Annotated[dict[str, SecretStr], AfterValidator(_check)] = Field(
        default_factory=dict[str, SecretStr],
        description="secrets by the name that `kid` gives them, each of at least 16 characters; "
        "put a new one first, and take the old one away when its URLs are no longer in use",
    )
    required: bool = Field(
        default=False, description="refuse unsigned URLs on every mount; `signed = true` does it for one mount"
    )

    def secrets(self) -> dict[str, str]:
        """Return the keys as what they are, in their order."""
        return {identity: secret.get_secret_value() for identity, secret in self.keys.items()}
